"""Where somebody wants mail: the own address, confirmed by a code that was sent there."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import Conflict, InvalidInput
from common.text import code as tidy
from common.text import for_the_record
from notifications.models import ContactPreference, masked
from notifications.services.telling import mail_to, write_deliveries
from organization.models import Employee

CONFIRMATION = ":address.confirm:"
"""In the occasion of a mail that carries a code, the only one that goes to an address before it is confirmed."""
CODE_LETTERS = 8
CODE_LASTS = timedelta(days=3)
CODE_PAUSE = timedelta(minutes=1)
Mail = ContactPreference.Mail


@transaction.atomic
def change_contact(*, actor: Employee, email: str, mail: str, now: datetime) -> ContactPreference:
    """Sets one's own address and how one wants to be told; a new address is sent a code. Raises InvalidInput."""
    email = email.strip()
    _check(email, mail)
    row = _own(actor)
    before = {"email": masked(row.email), "mail": row.mail}
    is_new_address = row.email != email
    row.email, row.mail = email, mail
    after: dict[str, Any] = {"email": masked(row.email), "mail": row.mail}
    if is_new_address:
        row.confirmed_at, row.code_sent_at = None, None
        after["confirmed_at"] = None
    elif before == after:
        return row
    row.save()
    record(actor=actor, action="contact.change", target=row, label=str(actor), before=before, after=after)
    if is_new_address and email:
        _send_code(actor, row, now)
    return row


@transaction.atomic
def send_code_again(*, actor: Employee, now: datetime) -> None:
    """A fresh code for an address that is not confirmed; the one before no longer counts. Raises Conflict."""
    row = _own(actor)
    if not row.email or row.confirmed_at:
        raise Conflict(_("没有需要确认的邮箱。"))
    if row.code_sent_at and now - row.code_sent_at < CODE_PAUSE:
        raise Conflict(_("确认码刚刚发出，请先查看邮箱；一分钟后可以再发。"))
    _send_code(actor, row, now)


@transaction.atomic
def confirm_address(*, actor: Employee, code: str, now: datetime) -> ContactPreference:
    """The code that came by mail: from here on the address is told. Raises Conflict, InvalidInput."""
    row = _own(actor)
    if not row.email or row.confirmed_at:
        raise Conflict(_("没有需要确认的邮箱。"))
    sentence = ""
    if row.code_sent_at is None or now - row.code_sent_at > CODE_LASTS:
        sentence = _("确认码已过期，请重新发送。")
    elif not constant_time_compare(tidy(code).replace("-", "").replace(" ", "").upper(), code_of(row)):
        sentence = _("确认码不对，请核对最近一封确认邮件。")
    if sentence:
        raise InvalidInput(sentence, fields={"code": sentence})
    row.confirmed_at, row.digested_at = now, now
    row.save(update_fields=["confirmed_at", "digested_at"])
    after = {"email": masked(row.email), "confirmed_at": now}
    record(actor=actor, action="contact.confirm", target=row, label=str(actor), after=after)
    return row


def code_of(row: ContactPreference) -> str:
    """The code in force: worked out from person, address and moment, so that none is kept."""
    assert row.code_sent_at is not None
    said = f"{row.employee_id}\0{row.email}\0{row.code_sent_at.timestamp():.6f}"
    digest = salted_hmac("notifications.confirm-address", said, algorithm="sha256").digest()
    return base64.b32encode(digest).decode()[:CODE_LETTERS]


def _own(actor: Employee) -> ContactPreference:
    ContactPreference.objects.bulk_create([ContactPreference(employee=actor)], ignore_conflicts=True)
    return ContactPreference.objects.select_for_update(no_key=True).get(employee=actor)


def _check(email: str, mail: str) -> None:
    faults = {}
    if email:
        try:
            validate_email(email)
        except ValidationError:
            faults["email"] = _("这不是一个邮箱地址。")
    elif mail != Mail.NONE:
        faults["email"] = _("要收邮件，请填写邮箱。")
    if mail not in Mail.values:
        faults["mail"] = _("请选择邮件提醒的方式。")
    if faults:
        raise InvalidInput(next(iter(faults.values())), fields=faults)


def _send_code(actor: Employee, row: ContactPreference, now: datetime) -> None:
    row.code_sent_at = now
    row.save(update_fields=["code_sent_at"])
    code = code_of(row)
    mail = mail_to(
        actor,
        row.email,
        subject=for_the_record(gettext_lazy("请确认您的邮箱")),
        body=for_the_record(
            gettext_lazy(
                "有人在绩效管理系统里把这个邮箱登记为提醒邮箱。如果是您本人，请登录后在“消息”的“通知设置”里填写确认码："
                "%(code)s，三天内有效。如果不是您，请不必理会，这个邮箱不会再收到邮件。"
            ),
            code=f"{code[:4]}-{code[4:]}",
        ),
        now=now,
        occasion=f"{CONFIRMATION}{now.isoformat()}",
    )
    write_deliveries([mail])
