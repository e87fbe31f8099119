"""LDAP: the entry of a staff number is looked up and bound to with the password given (RFC 4511, RFC 4513)."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING

from organization.sign_on.errors import ProviderFault
from organization.sign_on.options import LdapOptions
from organization.sign_on.wire import unreachable

if TYPE_CHECKING:
    from ldap3 import Connection

log = logging.getLogger(__name__)
SECONDS = 5
SUCCESS, SIZE_LIMIT = 0, 4
NOT_THIS_PASSWORD = {19, 32, 48, 49, 50, 53}
"""Result codes of a bind that was understood and refused: wrong, expired or locked in the directory."""


def takes_password(options: LdapOptions, number: str, password: str) -> bool:
    """Whether exactly one entry has the staff number, and its password is this one.

    Raises ProviderFault when the directory cannot be asked, or not in private.
    """
    from ldap3.core.exceptions import LDAPException  # noqa: PLC0415  # an extra: not installed where sign-on is off

    if not number or not password:  # a bind without a password succeeds for everybody (RFC 4513 §5.1.2)
        return False
    try:
        connection = _connect(options)
        try:
            name = _find(connection, options, number)
            return bool(name) and _binds(connection, name, password)
        finally:
            connection.unbind()
    except (LDAPException, OSError) as error:
        raise unreachable(f"{options.host}:{options.port}: {error}") from error


def _connect(options: LdapOptions) -> Connection:
    """Encrypted before anything is said, and bound as the one who may search."""
    import ldap3  # noqa: PLC0415  # an extra: not installed where sign-on is off

    checked = ssl.CERT_REQUIRED if options.tls == "verify" else ssl.CERT_NONE
    tls = ldap3.Tls(validate=checked, ca_certs_file=options.ca_file or None)
    server = ldap3.Server(
        options.host,
        options.port,
        use_ssl=options.ldaps,
        tls=tls,
        connect_timeout=SECONDS,
        get_info=ldap3.NONE,
        allowed_referral_hosts=[],
    )
    connection = ldap3.Connection(
        server,
        user=options.bind_dn or None,
        password=options.bind_password or None,
        authentication=ldap3.SIMPLE if options.bind_dn else ldap3.ANONYMOUS,
        receive_timeout=SECONDS,
        auto_referrals=False,
        read_only=True,
    )
    connection.open()
    if not options.ldaps and options.tls != "off" and not connection.start_tls():
        raise _unexpected(connection, "StartTLS")
    if not connection.bind():
        raise _unexpected(connection, "bind of the searching account")
    return connection


def _find(connection: Connection, options: LdapOptions, number: str) -> str:
    """The name of the one entry that has the staff number, "" if there is none or more than one."""
    from ldap3.utils.conv import escape_filter_chars  # noqa: PLC0415  # an extra: not installed where sign-on is off

    connection.search(
        options.search,
        options.filter.replace("{number}", escape_filter_chars(number)),
        attributes=["1.1"],  # none
        size_limit=2,
        time_limit=SECONDS,
    )
    if connection.result["result"] not in (SUCCESS, SIZE_LIMIT):
        raise _unexpected(connection, "search")
    names: list[str] = [entry["dn"] for entry in connection.response or [] if entry["type"] == "searchResEntry"]
    if len(names) > 1:
        log.warning("sign-on: several entries have the staff number %s", number)
    return names[0] if len(names) == 1 else ""


def _binds(connection: Connection, name: str, password: str) -> bool:
    from ldap3 import SIMPLE  # noqa: PLC0415  # an extra: not installed where sign-on is off

    if connection.rebind(user=name, password=password, authentication=SIMPLE):
        return True
    if connection.result["result"] not in NOT_THIS_PASSWORD:
        raise _unexpected(connection, "bind")
    return False


def _unexpected(connection: Connection, act: str) -> ProviderFault:
    result = connection.result or {}
    return unreachable(f"{act}: {result.get('result')} {result.get('description')} {connection.last_error or ''}")
