"""The text of a warned point as it is signed, its SHA-256, and whether today it would read otherwise.

A text is lines of `名称：内容` in the installation's language, whoever looks: two people sign the very same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from audit.queries import noted
from common.components import Change, month_label
from common.digest import digest_of_text
from common.exact import format2
from common.workdays import WorkCalendar
from indicators.models import PointVersion
from indicators.queries.library import rule_words
from supervision.models import Warned, WarningSignature
from supervision.queries.warned import LineKey, Owed, owed_now

_COLON = "："


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature looked at again: the digest of the kept text, whether it is the one that was kept and the one that the
    audit log noted at signing, and whether the sheet still agrees with it."""

    digest: str
    intact: bool
    as_logged: bool
    as_on_sheet: bool

    @property
    def holds(self) -> bool:
        return self.intact and self.as_logged and self.as_on_sheet

    @property
    def sentence(self) -> str:
        if not self.intact:
            return _("签字时的文字或校验和被改动过。")
        if not self.as_logged:
            return _("签字时的文字和校验和与审计日志里签字时的记录不同，都被改动过。")
        if not self.as_on_sheet:
            return _("签字时的文字没有改动，但表上现有的文字与它不同。")
        return _("签字时的文字没有改动，与表上的一致。")


def spoken_month(month: str) -> str:
    """`2023-05` as people say it: 2023年5月."""
    return _("%(year)s年%(month)s") % {"year": month[:4], "month": month_label(int(month[5:]))}


def requirement_of(version: PointVersion) -> str:
    """What has to be done about a node, in the installation's language: key work, deadline and how it is scored."""
    with translation.override(settings.DEFAULT_LANGUAGE):
        return _("重点工作“%(work)s”；完成时限%(deadline)s；%(rule)s，分值 %(full)s 分；考评部门%(assessor)s。") % {
            "work": version.key_work.name,
            "deadline": version.deadline,
            "rule": rule_words(version),
            "full": format2(version.full),
            "assessor": version.assessor.name,
        }


def text_of(line: Warned) -> str:
    """The line as it stands on the sheet; needs sheet, department, point and version."""
    return _text(
        line,
        name=line.version.name,
        due=line.due,
        standard=line.standard,
        requirement=line.requirement,
        holders=line.holders,
    )


def text_today(line: Warned, owed: Owed | None) -> str:
    """How the line would read if it were made today; empty where the point no longer concerns the department."""
    if owed is None:
        return ""
    same = owed.version.pk == line.version_id  # then only a department that was renamed could make it read otherwise
    return _text(
        line,
        name=owed.version.name,
        due=owed.node.due,
        standard=owed.version.standard,
        requirement=line.requirement if same else requirement_of(owed.version),
        holders=owed.holders,
    )


def _text(
    line: Warned, *, name: str, due: date, standard: str, requirement: str, holders: Sequence[Mapping[str, str]]
) -> str:
    with translation.override(settings.DEFAULT_LANGUAGE):
        people = _("、").join(f"{one['name']}（{one['number']}）" for one in holders)
        fields = (
            (_("部门"), line.sheet.department_name),
            (_("月份"), line.sheet.month),
            (_("考点"), f"{line.point.code} {name}"),
            (_("节点"), _("%(due)s（%(period)s）") % {"due": due, "period": line.period}),
            (_("质量标准"), standard),
            (_("工作要求"), requirement),
            (_("承担人"), people or _("本部门全体人员")),
        )
        return "\n".join(f"{label}{_COLON}{' '.join(value.split())}" for label, value in fields)


def parts_of(text: str) -> list[tuple[str, str]]:
    """A text's labels with what follows them."""
    found = (line.partition(_COLON) for line in text.splitlines())
    return [(label, value) for label, _mark, value in found]


def difference(before: str, after: str) -> list[Change]:
    """What a text says otherwise than the one that was signed, label by label."""
    if not after:
        return [Change(_("考核"), _("列入本表"), _("不再考核，或本部门没有人承担"))]
    now = dict(parts_of(after))
    return [Change(label, value, now.get(label, "")) for label, value in parts_of(before) if now.get(label) != value]


Logged = Mapping[tuple[int, str], str]
"""The digests that the audit log noted, by line and side."""


def logged_digests(lines: Iterable[Warned]) -> Logged:
    """What was noted when these lines were signed. Whoever rewrites a row's text and digest past the application cannot
    rewrite these; of several the first counts. One query.
    """
    found: dict[tuple[int, str], str] = {}
    for line, after in noted("warning.sign", Warned, [line.pk for line in lines]):
        found.setdefault((line, after["side"]), after["sha256"])
    return found


def verified(signature: WarningSignature, line: Warned, logged: Logged | None = None) -> Verified:
    """The signature recomputed from the text that it keeps, beside what log and sheet say; `logged` are the lines' digests
    where several are looked at.
    """
    digest = digest_of_text(signature.text)
    noted_then = (logged_digests([line]) if logged is None else logged).get((line.pk, signature.side))
    return Verified(digest, digest == signature.digest, digest == noted_then, signature.text == text_of(line))


def changes_today(lines: Iterable[Warned], calendar: WorkCalendar) -> dict[int, list[Change]]:
    """By line what would read otherwise today; nothing for those that read the same. All lines are of one bureau."""
    shown = list(lines)
    if not shown:
        return {}
    bureau = shown[0].sheet.bureau
    owed = owed_now(bureau, [(line.quarter, line.point_id) for line in shown], calendar)
    found = {}
    for line in shown:
        today = text_today(line, owed.get(LineKey(line.sheet.department_id, line.point_id, line.period)))
        if changes := difference(text_of(line), today):
            found[line.pk] = changes
    return found
