"""Settings of sign-on from the environment: everything that belongs together, or nothing (docs/sign-on.md)."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from organization.sign_on.options import LdapOptions, OidcOptions, is_protected
from perfmgmt.environment import Environment, Misconfigured

OIDC_NEEDS = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
OIDC_TAKES = ("OIDC_EMPLOYEE_CLAIM", "OIDC_SCOPES")
LDAP_NEEDS = ("LDAP_URL", "LDAP_SEARCH")
LDAP_TAKES = ("LDAP_FILTER", "LDAP_BIND_DN", "LDAP_BIND_PASSWORD", "LDAP_TLS")
LDAP_PORTS = {"ldap": 389, "ldaps": 636}
TLS_WAYS = ("verify", "no-verify", "off")


def oidc(env: Environment) -> OidcOptions | None:
    """The provider, None when nothing is said about one."""
    if not _is_on(env, OIDC_NEEDS, OIDC_TAKES):
        return None
    issuer = env.text("OIDC_ISSUER")
    if not is_protected(issuer) or re.search(r"[?#\s;,]", issuer):
        _refuse("OIDC_ISSUER", issuer, "要写成 https://… 的签发者地址，与服务商发布的完全一致")
    claim = env.text("OIDC_EMPLOYEE_CLAIM", "preferred_username")
    if not re.fullmatch(r"[\w.:/-]+", claim):
        _refuse("OIDC_EMPLOYEE_CLAIM", claim, "要写存放工号的一个声明的名称，例如 preferred_username")
    scopes = env.text("OIDC_SCOPES", "openid profile")
    if "openid" not in scopes.split():
        _refuse("OIDC_SCOPES", scopes, "要包含 openid，各项之间用空格分隔")
    _require_package("jwt", "OIDC_ISSUER")
    return OidcOptions(issuer, env.text("OIDC_CLIENT_ID"), env.text("OIDC_CLIENT_SECRET"), claim, scopes, _ca_file(env))


def ldap(env: Environment) -> LdapOptions | None:
    """The directory, None when nothing is said about one."""
    if not _is_on(env, LDAP_NEEDS, LDAP_TAKES):
        return None
    scheme, host, port = _ldap_address(env.text("LDAP_URL"))
    tls = env.choice("LDAP_TLS", TLS_WAYS, default="verify")
    if scheme == "ldaps" and tls == "off":
        _refuse("LDAP_TLS", tls, "LDAP_URL 以 ldaps:// 开头，连接总是加密的")
    pattern = env.text("LDAP_FILTER", "(uid={number})")
    if pattern.count("{number}") != 1 or not _is_filter(pattern):
        _refuse("LDAP_FILTER", pattern, "要写成带括号的查询条件，其中 {number} 一次，例如 (uid={number})")
    bind_dn, bind_password = env.text("LDAP_BIND_DN"), env.text("LDAP_BIND_PASSWORD")
    if bool(bind_dn) != bool(bind_password):
        raise Misconfigured("LDAP_BIND_DN 和 LDAP_BIND_PASSWORD 要么都写，要么都不写（匿名查询）。")
    _require_package("ldap3", "LDAP_URL")
    search = env.text("LDAP_SEARCH")
    if "=" not in search:
        _refuse("LDAP_SEARCH", search, "要写查找人员的起点，例如 ou=people,dc=example,dc=cn")
    return LdapOptions(
        host, port, search, pattern, bind_dn, bind_password, tls, ldaps=scheme == "ldaps", ca_file=_ca_file(env)
    )


def _is_on(env: Environment, needs: tuple[str, ...], takes: tuple[str, ...]) -> bool:
    said = [name for name in (*needs, *takes) if env.text(name)]
    missing = [name for name in needs if not env.text(name)]
    if said and missing:
        raise Misconfigured(f"设置了 {'、'.join(said)}，还缺 {'、'.join(missing)}；不用统一身份认证就都不要写。")
    return bool(said)


def _ldap_address(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in LDAP_PORTS or parts.path.strip("/") or parts.query or parts.username:
        _refuse("LDAP_URL", url, "要写成 ldaps://主机 或 ldap://主机:端口，其余写在 LDAP_SEARCH 和 LDAP_BIND_DN 里")
    return parts.scheme, host, port or LDAP_PORTS[parts.scheme]


def _is_filter(pattern: str) -> bool:
    """Brackets around everything, as many closed as opened; the directory checks the rest."""
    depth = 0
    for place, letter in enumerate(pattern):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0 or (depth == 0 and place < len(pattern) - 1):
            return False
    return pattern.startswith("(") and depth == 0 and "={number}" in pattern


def _ca_file(env: Environment) -> str:
    value = env.text("SIGN_ON_CA_FILE")
    if not value:
        return ""
    path = env.folder_of_file / Path(value).expanduser()
    if not path.is_file():
        _refuse("SIGN_ON_CA_FILE", str(path), "没有这个证书文件")
    return str(path)


def _require_package(module: str, name: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise Misconfigured(
            f"设置了 {name}，但统一身份认证的软件包没有安装，请运行 python3 bootstrap.py setup --level sso。"
        )


def _refuse(name: str, value: str, reason: str) -> NoReturn:
    raise Misconfigured(f"环境变量 {name} 的值“{value}”不正确：{reason}。")
