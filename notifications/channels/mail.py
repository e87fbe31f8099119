"""Mail through Django's backend of EMAIL_URL; one connection for a run."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from notifications.channels import NotSent, Unknown

LASTING = frozenset({550, 551, 553})
"""Answers to a recipient after which no later try succeeds: no such mailbox, not here, not a name."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in plain words; `key` is the same however often it is sent."""

    to: str
    subject: str
    text: str
    key: str


def message_id(key: str) -> str:
    """The same for every try of one delivery, so that a mail system which keeps count knows a repeat."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    return f"<{salted_hmac('notifications.message-id', key, algorithm='sha256').hexdigest()[:40]}@{domain}>"


class MailDoor:
    """A connection that is opened with the first mail; a failure closes it for good."""

    def __init__(self) -> None:
        self._backend: Any = get_connection()
        self._handed_over = False
        self.is_closed = False

    def open(self) -> None:
        """Raises NotSent when the mail server does not take the connection."""
        try:
            opened = self._backend.open()
        except (OSError, smtplib.SMTPException) as error:
            self.is_closed = True
            raise NotSent(_("邮件服务器没有应答：%s") % _said(error)) from error
        smtp = getattr(self._backend, "connection", None)
        if opened and isinstance(smtp, smtplib.SMTP):
            self._watch(smtp)

    def send(self, letter: Letter) -> None:
        """Raises NotSent or Unknown."""
        self._handed_over = False
        try:
            self._backend.send_messages([_message(letter)])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise NotSent(_("邮件服务器拒收：%s") % _spoken(words), final=code in LASTING) from error
        except smtplib.SMTPResponseException as error:  # it answered, and not by taking the mail
            self.close()
            raise NotSent(_("邮件服务器拒收：%s") % _spoken(error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            if self._handed_over:
                raise Unknown(_("邮件交出后没有收到邮件服务器的答复：%s") % _said(error)) from error
            raise NotSent(_("邮件服务器中断了连接：%s") % _said(error)) from error

    def close(self) -> None:
        self.is_closed = True
        try:
            self._backend.close()
        except (OSError, smtplib.SMTPException):
            pass

    def _watch(self, smtp: smtplib.SMTP) -> None:
        """Notes when the text itself is handed over: what breaks before was certainly not sent."""
        hand_over = smtp.data

        def noted(text: Any) -> Any:
            self._handed_over = True
            return hand_over(text)

        smtp.data = noted  # type: ignore[method-assign, assignment]


def _message(letter: Letter) -> EmailMessage:
    headers = {"Message-ID": message_id(letter.key), "Auto-Submitted": "auto-generated"}
    subject = " ".join(letter.subject.split())
    return EmailMessage(subject=subject, body=letter.text, to=[letter.to], headers=headers)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _spoken(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
