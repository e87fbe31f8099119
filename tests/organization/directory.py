"""A small LDAP server on this machine: BER over TCP by hand (RFC 4511), StartTLS and LDAPS with certificates of its own.

Nothing of the client's library is used, so that both sides cannot share one mistake.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

START_TLS = b"1.3.6.1.4.1.1466.20037"
SUCCESS, SIZE_LIMIT, NO_SUCH_OBJECT, WRONG, NO_RIGHT = 0, 4, 32, 49, 50
Part = tuple[int, bytes]


def packed(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def parts_of(body: bytes) -> list[Part]:
    found = []
    while body:
        tag, size, start = body[0], body[1], 2
        if size & 0x80:
            start = 2 + (size & 0x7F)
            size = int.from_bytes(body[2:start], "big")
        found.append((tag, body[start : start + size]))
        body = body[start + size :]
    return found


@dataclass
class Directory:
    """Entries by name, passwords by name; `log` is what was done in which clothes."""

    ca_file: str = ""
    port: int = 0
    entries: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    anonymous_may_search: bool = False
    offers_start_tls: bool = True
    bind_code: int = WRONG
    log: list[tuple[str, str, bool]] = field(default_factory=list)

    def fits(self, entry: dict[str, list[str]], condition: Part) -> bool:
        tag, body = condition
        if tag in (0xA0, 0xA1):
            return (all if tag == 0xA0 else any)(self.fits(entry, part) for part in parts_of(body))
        if tag == 0xA2:
            return not self.fits(entry, parts_of(body)[0])
        if tag == 0x87:
            return body.decode().lower() in entry
        name = parts_of(body)[0][1].decode().lower()
        if tag == 0xA3:
            return parts_of(body)[1][1].decode().lower() in [value.lower() for value in entry.get(name, [])]
        if tag == 0xA4:  # any substring filter: enough to show that a star is not taken for one
            pieces = [piece.decode().lower() for _tag, piece in parts_of(parts_of(body)[1][1])]
            return any(all(piece in value.lower() for piece in pieces) for value in entry.get(name, []))
        return False


class _Talk(BaseRequestHandler):
    """One connection."""

    directory: Directory
    tls: ssl.SSLContext
    at_once: bool

    def handle(self) -> None:
        self.bound = ""
        with suppress(OSError):  # a client that trusts no certificate of ours goes away
            if self.at_once:
                self.request = self.tls.wrap_socket(self.request, server_side=True)
            while message := self._read():
                (_tag, number), (kind, body) = parts_of(parts_of(message)[0][1])[:2]
                if kind == 0x42:  # unbind
                    return
                for reply in self._answer(kind, body):
                    self.request.sendall(packed(0x30, packed(0x02, number), reply))
                if kind == 0x77 and self.directory.offers_start_tls:
                    self.request = self.tls.wrap_socket(self.request, server_side=True)

    def finish(self) -> None:
        self.request.close()

    def _read(self) -> bytes:
        data: bytes = self.request.recv(65536)
        while data and len(parts_of(data)[0][1]) + 2 > len(data):
            data += self.request.recv(65536)
        return data

    def _note(self, act: str, about: str) -> None:
        self.directory.log.append((act, about, isinstance(self.request, ssl.SSLSocket)))

    def _answer(self, kind: int, body: bytes) -> Iterator[bytes]:
        if kind == 0x60:
            yield packed(0x61, *_result(self._bind(body)))
        elif kind == 0x63:
            yield from self._search(body)
        elif kind == 0x77:
            known = parts_of(body)[0][1] == START_TLS and self.directory.offers_start_tls
            yield packed(0x78, *_result(SUCCESS if known else 2))
        else:
            raise AssertionError(f"nobody was to ask for {kind:#x}")

    def _bind(self, body: bytes) -> int:
        _version, (_tag, raw), (way, password) = parts_of(body)
        assert way == 0x80  # simple
        name = raw.decode()
        self._note("bind", name)
        self.bound = ""
        if not password:
            return SUCCESS  # an unauthenticated bind (RFC 4513 §5.1.2), as real servers answer it
        if self.directory.passwords.get(name) != password.decode():
            return self.directory.bind_code
        self.bound = name
        return SUCCESS

    def _search(self, body: bytes) -> Iterator[bytes]:
        (_t, base), _scope, _deref, (_t, limit), _time, _types, condition, _attributes = parts_of(body)
        self._note("search", base.decode())
        if not self.bound and not self.directory.anonymous_may_search:
            yield packed(0x65, *_result(NO_RIGHT))
            return
        if not any(name.endswith(base.decode()) for name in self.directory.entries):
            yield packed(0x65, *_result(NO_SUCH_OBJECT))
            return
        found = [
            name
            for name, entry in self.directory.entries.items()
            if name.endswith(base.decode()) and self.directory.fits(entry, condition)
        ]
        most = int.from_bytes(limit, "big") or len(found)
        for name in found[:most]:
            yield packed(0x64, packed(0x04, name.encode()), packed(0x30))
        yield packed(0x65, *_result(SIZE_LIMIT if len(found) > most else SUCCESS))


def _result(code: int) -> tuple[bytes, bytes, bytes]:
    return packed(0x0A, bytes([code])), packed(0x04), packed(0x04)


@contextmanager
def running_directory(folder: Path, *, ldaps: bool = False, host: str = "localhost") -> Iterator[Directory]:
    """The server, with a certificate for `host` by an authority whose own is `ca_file`."""
    ca_file, chain = make_certificates(folder, host)
    directory = Directory(ca_file=str(ca_file))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain)
    handler = type("Talk", (_Talk,), {"directory": directory, "tls": tls, "at_once": ldaps})
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        directory.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield directory
        server.shutdown()
        thread.join()


def make_certificates(folder: Path, host: str) -> tuple[Path, Path]:
    """The authority's certificate, and a file with key and certificate of the server."""
    authority, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    signed = _certificate("authority", authority, "authority", authority, is_authority=True)
    server = _certificate(host, key, "authority", authority, is_authority=False)
    ca_file, chain = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(signed.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(secret + server.public_bytes(Encoding.PEM))
    return ca_file, chain


def _certificate(
    subject: str, key: EllipticCurvePrivateKey, issuer: str, signer: EllipticCurvePrivateKey, *, is_authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
    return builder.sign(signer, hashes.SHA256())
