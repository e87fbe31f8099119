"""A mail server and a group robot's server on this machine, each in a thread: they keep what they took."""

from __future__ import annotations

import contextlib
import email
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class MailServer:
    """`refuse` maps an SMTP command to the answer in its place; `hang_up_after_text` takes a mail and says nothing.

    `before_answer` is called when a mail was taken and the sender does not know it yet.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    hang_up_after_text: bool = False
    hang_up_at: str = ""
    before_answer: Callable[[], object] = lambda: None

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]


@contextlib.contextmanager
def mail_server(port: int = 0) -> Iterator[MailServer]:
    state = MailServer()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 local")
            while line := self.rfile.readline():
                command = line.decode().split()[0].upper() if line.strip() else ""
                if command == state.hang_up_at:
                    return
                if command == "QUIT":
                    self._say("221 bye")
                    return
                if command in state.refuse:
                    self._say(state.refuse[command])
                elif command == "DATA":
                    self._say("354 go on")
                    state.mails.append(self._text())
                    state.before_answer()
                    if state.hang_up_after_text:
                        return
                    self._say("250 taken")
                else:
                    self._say("250 ok")

        def _text(self) -> EmailMessage:
            lines = []
            while (line := self.rfile.readline()) and line != b".\r\n":
                lines.append(line[1:] if line.startswith(b"..") else line)
            return email.message_from_bytes(b"".join(lines), policy=default)

        def _say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with _serving(Server(("127.0.0.1", port), Session)) as place:
        state.port = place
        yield state


@dataclass
class RobotServer:
    """Every call: its path with the query, and the message. `answers` are given first, then what a robot says."""

    port: int = 0
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [call["text"]["content"] for _path, call in self.calls]


@contextlib.contextmanager
def robot_server(port: int = 0) -> Iterator[RobotServer]:
    state = RobotServer()

    class Call(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            state.calls.append((self.path, json.loads(text)))
            status, answer = state.answers.pop(0) if state.answers else (200, b'{"errcode": 0, "errmsg": "ok"}')
            if not status:  # hangs up without an answer
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            pass

    with _serving(ThreadingHTTPServer(("127.0.0.1", port), Call)) as place:
        state.port = place
        yield state


@contextlib.contextmanager
def _serving(server: Any) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
