"""Bureaus' settings, departments, posts, party branches and rank categories."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import InvalidInput
from organization.models import Bureau, Department, Employee, PartyBranch, Post, RankCategory
from organization.permissions import may_change_bureau, may_manage_people, within
from organization.services.lines import difference, facts

Place = Department | Post | PartyBranch | RankCategory

_FIELDS: dict[type[Place], tuple[str, ...]] = {
    Department: ("code", "name", "kind", "is_assessor", "deputy"),
    Post: ("code", "name", "department", "duties"),
    PartyBranch: ("code", "name", "secretary"),
    RankCategory: ("name", "position"),
}
_TAKEN = {
    Department: gettext_lazy("部门代码 %(key)s 已经有了，请换一个。"),
    Post: gettext_lazy("岗位代码 %(key)s 已经有了，请换一个。"),
    PartyBranch: gettext_lazy("支部代码 %(key)s 已经有了，请换一个。"),
    RankCategory: gettext_lazy("序列 %(key)s 已经有了，请换一个。"),
}


@transaction.atomic
def save_place(*, actor: Employee, place: Place) -> Place:
    """Creates or changes a department, post, branch or category; the audit line says what changed.

    Raises Refused for somebody without the right or of another bureau, InvalidInput for a code that is taken, for a
    department or person of another bureau, and for a category's other name: schemes leave categories out of the ranking
    by their names, so that a renamed one would be ranked all of a sudden.
    """
    may_manage_people(actor).require()
    within(actor, place.bureau_id).require()
    model = type(place)
    fields = _FIELDS[model]
    for name in ("department", "deputy", "secretary"):
        related = getattr(place, name, None) if name in fields else None
        if related is not None and related.bureau_id != place.bureau_id:
            raise InvalidInput(_("所选的部门或人员不在本单位。"), fields={name: _("请选择本单位的。")})
    old = model._default_manager.select_for_update().get(pk=place.pk) if place.pk else None
    if isinstance(old, RankCategory) and old.name != place.name:
        sentence = _("序列名称写在考评方案和工作簿里，不能修改；请新增序列，再登记任职变动。")
        raise InvalidInput(sentence, code="fixed", fields={"name": sentence})
    before = facts(old, *fields) if old else None
    try:
        with transaction.atomic():
            place.save()
    except IntegrityError as error:
        key = getattr(place, "code", None) or place.name
        raise InvalidInput(_TAKEN[model] % {"key": key}, code="taken") from error
    kind = str(model._meta.model_name)
    after = facts(place, *fields)
    if before is None:
        record(actor=actor, action=f"{kind}.add", target=place, after=after)
    elif before != after:
        before, after = difference(before, after)
        record(actor=actor, action=f"{kind}.change", target=place, before=before, after=after)
    return place


@transaction.atomic
def change_settings(*, actor: Employee, bureau: Bureau, name: str, ranking_view: str) -> Bureau:
    """The bureau's name and how much of a ranking its staff may see (domain.md, Who may do what)."""
    may_change_bureau(actor).require()
    within(actor, bureau).require()
    bureau = Bureau.objects.select_for_update().get(pk=bureau.pk)
    before = facts(bureau, "name", "ranking_view")
    bureau.name, bureau.ranking_view = name, ranking_view
    after = facts(bureau, "name", "ranking_view")
    if before != after:
        bureau.save(update_fields=["name", "ranking_view"])
        before, after = difference(before, after)
        record(actor=actor, action="bureau.change", target=bureau, before=before, after=after)
    return bureau
