"""The scheme (方案) changes from a coming quarter on, never for a quarter that is settled."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from common.errors import InvalidInput
from common.quarters import QuarterCode
from common.text import clauses, for_the_record, listed
from indicators.models import Quarter, SchemeSetting
from indicators.permissions import may_edit_libraries
from indicators.queries import scheme_values
from indicators.scheme import SchemeError, SchemeValues, parse_setting, setting_text
from indicators.services.quarters import lock_from
from organization.models import Bureau, Employee


@transaction.atomic
def set_values(
    *, bureau: Bureau, from_quarter: str, values: Mapping[str, object], actor: Employee | None, reason: str = ""
) -> list[SchemeSetting]:
    """Sets values from a quarter on and returns the rows that changed.

    Raises InvalidInput, with a sentence for each key in `fields`, if a value cannot be, if the weights no longer add up
    to 100 in some quarter, or if a quarter in publicity or published would be scored differently.
    """
    may_edit_libraries(actor, bureau).require()
    Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)  # the weights' sum spans several rows
    code = _quarter(from_quarter)
    texts = _checked(bureau, values)
    rows = {row.key: row for row in SchemeSetting.objects.filter(bureau=bureau, from_quarter=code)}
    changed = {key: text for key, text in texts.items() if key not in rows or rows[key].value != text}
    if not changed:
        return []
    lock_from(bureau, code)
    settled = _settled(bureau)
    scored_by = {quarter: scheme_values(bureau, quarter) for quarter in settled}
    before = {key: rows[key].value for key in changed if key in rows}
    written = [
        SchemeSetting.objects.update_or_create(bureau=bureau, from_quarter=code, key=key, defaults={"value": text})[0]
        for key, text in changed.items()
    ]
    for quarter in settled:
        if scheme_values(bureau, quarter) != scored_by[quarter]:
            raise InvalidInput(
                _("%(code)s 已经公示或发布，方案不能再改变它；请从以后的季度起修改。") % {"code": quarter},
                code="frozen",
                fields={"from_quarter": _("应当晚于 %(code)s") % {"code": quarter}},
            )
    _require_whole(bureau, code)
    audit.record(
        actor=actor,
        action="scheme.set",
        bureau=bureau,
        target=bureau,
        label=for_the_record(gettext_lazy("方案（%(code)s 起）"), code=code),
        before=before,
        after=changed,
        reason=reason,
    )
    return written


def _quarter(text: str) -> str:
    try:
        return str(QuarterCode.parse(text))
    except ValueError as error:
        raise InvalidInput(str(error), fields={"from_quarter": str(error)}) from error


def _checked(bureau: Bureau, values: Mapping[str, object]) -> dict[str, str]:
    """The values in the spelling that is kept; every fault at once."""
    texts: dict[str, str] = {}
    faults: dict[str, object] = {}
    categories = set(bureau.categories.values_list("name", flat=True))
    for key, value in values.items():
        try:
            parsed = parse_setting(key, value)
        except SchemeError as error:
            faults[key] = str(error)
            continue
        unknown = [name for name in parsed if name not in categories] if isinstance(parsed, tuple) else []
        if unknown:
            faults[key] = _("没有“%(name)s”这个序列；本单位的序列有：%(known)s") % {
                "name": listed(unknown),
                "known": listed(sorted(categories)),
            }
        texts[key] = setting_text(parsed)
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)
    return texts


def _settled(bureau: Bureau) -> list[str]:
    return list(Quarter.objects.filter(bureau=bureau, state__in=Quarter.SETTLED).values_list("code", flat=True))


def _require_whole(bureau: Bureau, code: str) -> None:
    """The weights add up to 100 in the quarter and after every later change."""
    later = SchemeSetting.objects.filter(bureau=bureau, from_quarter__gt=code).values_list("from_quarter", flat=True)
    for quarter in sorted({code, *later}):
        for sentence in SchemeValues.from_mapping(scheme_values(bureau, quarter)).problems():
            raise InvalidInput(
                _("%(code)s 起：%(sentence)s。") % {"code": quarter, "sentence": sentence},
                code="weights",
                fields=dict.fromkeys(("共性权重", "个性权重", "竞争性上限"), sentence),
            )
