"""Sign-on is off by default; a half or misspelt configuration ends the start with one sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from organization.sign_on.options import OidcOptions
from perfmgmt import sign_on
from perfmgmt.environment import Environment, Misconfigured

ROOT = Path(__file__).resolve().parents[2]
OIDC = {"OIDC_ISSUER": "https://id.example.cn/realms/tax", "OIDC_CLIENT_ID": "perf", "OIDC_CLIENT_SECRET": "s3cret"}
LDAP = {"LDAP_URL": "ldap://dc.example.cn", "LDAP_SEARCH": "ou=people,dc=example,dc=cn"}


@pytest.fixture
def read(tmp_path):
    return lambda values: Environment(tmp_path / ".env", values)


def test_off_by_default(read):
    assert sign_on.oidc(read({})) is None
    assert sign_on.ldap(read({})) is None
    assert sign_on.oidc(read({"OIDC_ISSUER": " "})) is None


def test_a_provider(read):
    options = sign_on.oidc(read(OIDC))
    assert options == OidcOptions("https://id.example.cn/realms/tax", "perf", "s3cret")
    assert options.origin == "https://id.example.cn"
    assert "s3cret" not in repr(options)


@pytest.mark.parametrize(
    ("url", "host", "port", "ldaps"),
    [
        ("ldap://dc.example.cn", "dc.example.cn", 389, False),
        ("ldaps://dc.example.cn", "dc.example.cn", 636, True),
        ("ldaps://10.1.2.3:6360/", "10.1.2.3", 6360, True),
    ],
)
def test_a_directory(read, url, host, port, ldaps):
    options = sign_on.ldap(read({**LDAP, "LDAP_URL": url}))
    assert (options.host, options.port, options.ldaps, options.tls) == (host, port, ldaps, "verify")
    assert options.filter == "(uid={number})"


def test_the_file_of_the_authority_is_found_beside_the_settings(read, tmp_path):
    (tmp_path / "ca.pem").write_text("x")
    assert sign_on.oidc(read({**OIDC, "SIGN_ON_CA_FILE": "ca.pem"})).ca_file == str(tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"OIDC_ISSUER": "https://id.example.cn"}, "还缺 OIDC_CLIENT_ID、OIDC_CLIENT_SECRET"),
        ({**OIDC, "OIDC_CLIENT_SECRET": ""}, "还缺 OIDC_CLIENT_SECRET"),
        ({"OIDC_EMPLOYEE_CLAIM": "no"}, "还缺 OIDC_ISSUER"),
        ({**OIDC, "OIDC_ISSUER": "http://id.example.cn"}, "OIDC_ISSUER"),
        ({**OIDC, "OIDC_ISSUER": "id.example.cn"}, "OIDC_ISSUER"),
        ({**OIDC, "OIDC_ISSUER": "https://id.example.cn; x"}, "OIDC_ISSUER"),
        ({**OIDC, "OIDC_SCOPES": "profile"}, "openid"),
        ({**OIDC, "OIDC_EMPLOYEE_CLAIM": "a, b"}, "OIDC_EMPLOYEE_CLAIM"),
        ({**OIDC, "SIGN_ON_CA_FILE": "nowhere.pem"}, "没有这个证书文件"),
        ({"LDAP_URL": "ldap://dc"}, "还缺 LDAP_SEARCH"),
        ({"LDAP_TLS": "off"}, "还缺 LDAP_URL、LDAP_SEARCH"),
        ({**LDAP, "LDAP_URL": "dc.example.cn"}, "LDAP_URL"),
        ({**LDAP, "LDAP_URL": "ldap://dc:many"}, "LDAP_URL"),
        ({**LDAP, "LDAP_URL": "ldap://dc/ou=people"}, "LDAP_URL"),
        ({**LDAP, "LDAP_SEARCH": "people"}, "LDAP_SEARCH"),
        ({**LDAP, "LDAP_TLS": "of"}, "LDAP_TLS"),
        ({**LDAP, "LDAP_URL": "ldaps://dc", "LDAP_TLS": "off"}, "总是加密"),
        ({**LDAP, "LDAP_FILTER": "(uid=%s)"}, "LDAP_FILTER"),
        ({**LDAP, "LDAP_FILTER": "uid={number}"}, "LDAP_FILTER"),
        ({**LDAP, "LDAP_FILTER": "(uid={number})(a=b)"}, "LDAP_FILTER"),
        ({**LDAP, "LDAP_FILTER": "(&(uid={number})"}, "LDAP_FILTER"),
        ({**LDAP, "LDAP_BIND_DN": "cn=reader"}, "LDAP_BIND_PASSWORD"),
        ({**LDAP, "LDAP_BIND_PASSWORD": "x"}, "LDAP_BIND_DN"),
    ],
    ids=str,
)
def test_half_or_misspelt_ends_the_start(read, values, said):
    with pytest.raises(Misconfigured) as refusal:
        (sign_on.oidc if any(name.startswith("OIDC") for name in values) else sign_on.ldap)(read(values))
    sentence = str(refusal.value.code)
    assert said in sentence
    assert "\n" not in sentence
    assert "s3cret" not in sentence


def test_without_its_packages_it_does_not_start(read, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    for ask, values in ((sign_on.oidc, OIDC), (sign_on.ldap, LDAP)):
        with pytest.raises(Misconfigured, match="--level sso"):
            ask(read(values))


def settings_of(**values: str) -> dict[str, list[str]]:
    """What the application's own settings become, in a process of its own."""
    ask = (
        "import json; from perfmgmt import settings as s;"
        "print(json.dumps([s.AUTHENTICATION_BACKENDS, s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action']]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, env={**os.environ, **values}, capture_output=True, text=True, check=True
    )
    backends, form_action = json.loads(done.stdout)
    return {"backends": [name.rsplit(".", 1)[-1] for name in backends], "form_action": form_action}


def test_the_settings_with_and_without_it():
    off, on = settings_of(), settings_of(**OIDC, **LDAP)
    assert off == {"backends": ["AxesStandaloneBackend", "StaffNumberBackend"], "form_action": ["'self'"]}
    assert on["backends"] == [*off["backends"], "ProviderBackend", "DirectoryBackend"]
    assert on["form_action"] == ["'self'", "https://id.example.cn"]


def test_the_base_installation_goes_without_the_packages():
    locks = {name: (ROOT / "requirements" / f"{name}.lock").read_text() for name in ("app", "sso", "test")}
    for package in ("pyjwt==", "ldap3=="):
        assert [name for name, text in locks.items() if package in text] == ["sso", "test"]
    pins = [{line for line in locks[name].splitlines() if "==" in line} for name in ("app", "sso")]
    assert pins[0] < pins[1]
