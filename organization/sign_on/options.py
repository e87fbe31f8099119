"""What the environment says about sign-on (settings.OIDC, settings.LDAP); None where it is off.

Read while the settings are made: nothing of Django here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

OIDC_BACKEND = "organization.sign_on.backends.ProviderBackend"
LDAP_BACKEND = "organization.sign_on.backends.DirectoryBackend"


@dataclass(frozen=True, slots=True)
class OidcOptions:
    """One provider; the claim `employee_claim` of its people is their staff number here."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    employee_claim: str = "preferred_username"
    scopes: str = "openid profile"
    ca_file: str = ""

    @property
    def origin(self) -> str:
        """Where logging out may lead to (the page's form-action)."""
        return origin_of(self.issuer)


@dataclass(frozen=True, slots=True)
class LdapOptions:
    """One directory: an entry below `search` that fits `filter` is looked up, then bound to with the password given."""

    host: str
    port: int
    search: str
    filter: str = "(uid={number})"
    bind_dn: str = ""
    bind_password: str = field(default="", repr=False)
    tls: str = "verify"
    """`verify`; `no-verify` (encrypted, but by whomever); `off` (in the clear)."""
    ldaps: bool = True
    """TLS from the first byte; otherwise StartTLS."""
    ca_file: str = ""


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def is_protected(url: str) -> bool:
    """https; or plain http that does not leave this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in {"localhost", "127.0.0.1", "::1"})
    )
