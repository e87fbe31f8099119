"""What sign-on refuses, in sentences for the login page; the details go to the log."""

from __future__ import annotations

from common.errors import DomainError


class NotSignedOn(DomainError):
    """The identity system said no, or what it said cannot be trusted."""

    status = 403
    default_code = "not_signed_on"


class ProviderFault(NotSignedOn):
    """The identity system cannot be asked or does not keep to its protocol; another try may help."""

    status = 502
    default_code = "provider_fault"
