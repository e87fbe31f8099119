"""OpenID Connect, authorization code flow with PKCE: to the provider and back (OpenID Connect Core 1.0, RFC 7636, RFC 9207)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from common.text import code as tidy
from organization.sign_on import wire
from organization.sign_on.errors import NotSignedOn
from organization.sign_on.options import OidcOptions, is_protected, origin_of

log = logging.getLogger(__name__)
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with the provider's own key: neither `none` nor those made with the shared secret."""
LEEWAY = 60  # seconds that two machines' clocks may differ
WAITING = 600  # seconds for typing a password at the provider
KNOWN_FOR = 3600  # seconds until the provider's description is read again
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider's description of itself, as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    algorithms: tuple[str, ...]
    secret_in_form: bool
    names_itself: bool


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser is sent, and what its session must remember until it is back."""

    url: str
    pending: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for; the ID token is wanted again when logging out."""

    number: str
    id_token: str


_providers: dict[str, tuple[float, Provider]] = {}
_keys: dict[str, dict[str, Any]] = {}


def provider_of(options: OidcOptions) -> Provider:
    """Read from the discovery document, once an hour in each process. Raises ProviderFault."""
    read_at, provider = _providers.get(options.issuer, (0.0, None))
    if provider is None or time.monotonic() - read_at > KNOWN_FOR:
        provider = _discover(options)
        _providers[options.issuer] = (time.monotonic(), provider)
        _keys.pop(provider.jwks_uri, None)
    return provider


def forget() -> None:
    """Lets the next sign-on read description and keys anew."""
    _providers.clear()
    _keys.clear()


def depart(options: OidcOptions, *, back: str) -> Departure:
    """Sends somebody to the provider; `back` is our address that it shall send them back to."""
    provider = provider_of(options)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _part in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": options.client_id,
        "redirect_uri": back,
        "scope": options.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    pending = {"state": state, "nonce": nonce, "verifier": verifier, "back": back, "at": int(time.time())}
    return Departure(_with_query(provider.authorization_endpoint, query), pending)


def arrive(options: OidcOptions, *, pending: Mapping[str, Any] | None, answer: Mapping[str, str]) -> Identity:
    """Who has come back. `pending` is of the session and is used once; `answer` is the query of the address.

    Raises NotSignedOn with a sentence for whatever does not fit together, ProviderFault when the provider fails.
    """
    if not pending or time.time() - pending["at"] > WAITING or not _same(answer.get("state"), pending["state"]):
        raise NotSignedOn(_("这次登录已经失效，或者不是从本页面发起的。请重新登录。"))
    provider = provider_of(options)
    if (answer.get("iss") or provider.names_itself) and not _same(answer.get("iss"), provider.issuer):
        raise untrusted("the answer comes from another issuer")
    if answer.get("error") or not answer.get("code"):
        raise _declined(answer.get("error", ""))
    tokens = _redeem(options, provider, pending, answer["code"])
    id_token = tokens.get("id_token")
    if not isinstance(id_token, str):
        raise untrusted("no ID token")
    claims = verified_claims(options, provider, id_token, nonce=pending["nonce"])
    return Identity(_number(options, provider, claims, tokens), id_token)


def way_out(options: OidcOptions, *, id_token: str, back: str) -> str:
    """Where the session at the provider is ended (RP-Initiated Logout 1.0); "" if it offers no such place.

    The place must lie on the issuer's host: the page's form-action lets a logout lead nowhere else.
    """
    url = provider_of(options).end_session_endpoint
    if not url or origin_of(url) != options.origin:
        return ""
    query = {"id_token_hint": id_token, "client_id": options.client_id, "post_logout_redirect_uri": back}
    return _with_query(url, query)


def verified_claims(options: OidcOptions, provider: Provider, id_token: str, *, nonce: str) -> dict[str, Any]:
    """The claims of an ID token whose signature, issuer, audience, times and nonce are right. Raises NotSignedOn."""
    import jwt  # noqa: PLC0415  # an extra: not installed where sign-on is off

    try:
        key = _signing_key(options, provider, jwt.get_unverified_header(id_token))
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key,
            algorithms=list(provider.algorithms),
            audience=options.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:
        raise untrusted(f"ID token: {error}") from error
    if not _same(claims.get("nonce"), nonce):
        raise untrusted("ID token: another nonce")
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != options.client_id:
        raise untrusted("ID token: issued to another party")
    return claims


def untrusted(detail: str) -> NotSignedOn:
    """The one sentence for an answer that is not what an honest provider sends; the log has the reason."""
    log.warning("sign-on: %s", detail)
    return NotSignedOn(_("统一身份认证返回的凭据没有通过核验，没有登录。请重新登录；仍不行请联系系统管理员。"))


def _discover(options: OidcOptions) -> Provider:
    address = f"{options.issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        found = wire.ask(address, ca_file=options.ca_file)
    except wire.Rejected as error:
        raise wire.unreachable(f"{address}: {error}") from error
    if found.get("issuer") != options.issuer:
        raise wire.unreachable(f"{address} is of the issuer {found.get('issuer')!r}, not {options.issuer!r}")
    addresses = {name: found.get(name) or "" for name in (*NEEDED, "userinfo_endpoint", "end_session_endpoint")}
    for name, url in addresses.items():
        if (name in NEEDED or url) and not (isinstance(url, str) and is_protected(url)):
            raise wire.unreachable(f"{address}: {name} is {url!r}")
    offered = found.get("id_token_signing_alg_values_supported") or ["RS256"]
    ways = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Provider(
        issuer=options.issuer,
        algorithms=tuple(name for name in SIGNATURES if name in offered),
        secret_in_form="client_secret_basic" not in ways,
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
        **addresses,
    )


def _redeem(options: OidcOptions, provider: Provider, pending: Mapping[str, Any], code: str) -> dict[str, Any]:
    """The tokens for a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": pending["back"],
        "code_verifier": pending["verifier"],
    }
    headers = {}
    if provider.secret_in_form:
        form |= {"client_id": options.client_id, "client_secret": options.client_secret}
    else:  # RFC 6749 §2.3.1: encoded as in a form before they are joined
        pair = f"{quote(options.client_id, safe='')}:{quote(options.client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    try:
        return wire.ask(provider.token_endpoint, ca_file=options.ca_file, form=form, headers=headers)
    except wire.Rejected as error:
        if error.code == "invalid_grant":
            log.warning("sign-on: the code was refused")
            raise NotSignedOn(_("这次登录已经失效，或者已经用过一次。请重新登录。")) from error
        raise wire.unreachable(f"{provider.token_endpoint}: {error}") from error


def _signing_key(options: OidcOptions, provider: Provider, header: Mapping[str, Any]) -> Any:
    """The provider's key that the token names; read again once when it is a new one. Raises a PyJWTError."""
    import jwt  # noqa: PLC0415  # an extra: not installed where sign-on is off

    kind = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}.get(str(header.get("alg"))[:2])
    for fresh in (False, True):
        if fresh or provider.jwks_uri not in _keys:
            try:
                _keys[provider.jwks_uri] = wire.ask(provider.jwks_uri, ca_file=options.ca_file)
            except wire.Rejected as error:
                raise wire.unreachable(f"{provider.jwks_uri}: {error}") from error
        keys = jwt.PyJWKSet.from_dict(_keys[provider.jwks_uri]).keys
        fitting = [one for one in keys if one.key_type == kind and one.public_key_use != "enc"]
        named = [one for one in fitting if one.key_id == header["kid"]] if "kid" in header else fitting
        if len(named) == 1:
            return named[0].key
    raise jwt.InvalidKeyError("no key of the provider fits the token")


def _number(options: OidcOptions, provider: Provider, claims: Mapping[str, Any], tokens: Mapping[str, Any]) -> str:
    """The staff number, from the ID token or else from the userinfo endpoint."""
    found = claims.get(options.employee_claim)
    access_token = tokens.get("access_token")
    if found is None and provider.userinfo_endpoint and isinstance(access_token, str):
        headers = {"Authorization": f"Bearer {access_token}"}
        try:
            told = wire.ask(provider.userinfo_endpoint, ca_file=options.ca_file, headers=headers)
        except wire.Rejected as error:
            raise wire.unreachable(f"{provider.userinfo_endpoint}: {error}") from error
        if told.get("sub") != claims["sub"]:
            raise untrusted("userinfo is about somebody else")
        found = told.get(options.employee_claim)
    number = tidy(str(found)) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    if not number:
        log.warning("sign-on: the claim %s is missing; there are %s", options.employee_claim, ", ".join(sorted(claims)))
        raise NotSignedOn(_("统一身份认证没有给出您的工号，没有登录。请联系系统管理员核对统一身份认证的配置。"))
    return number


def _declined(error: str) -> NotSignedOn:
    shown = error if re.fullmatch(r"[a-z_]{1,40}", error) else "-"
    log.warning("sign-on: the provider declined: %s", shown)
    if shown == "access_denied":
        return NotSignedOn(_("统一身份认证没有同意这次登录：您取消了登录，或者账号没有使用本系统的权限。"))
    return NotSignedOn(
        _("统一身份认证没有完成登录（%(code)s）。请重新登录；仍不行请联系系统管理员。") % {"code": shown}
    )


def _same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
