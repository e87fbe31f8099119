"""The tree of bureaus: adding one below, renaming and moving it; each act stands in the log of every bureau it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.services import compose, record_many
from common.errors import Conflict, InvalidInput
from common.text import clean
from common.text import code as as_code
from organization.models import BEGINNING, Bureau, Department, Employee, Placement, RankCategory, Role
from organization.names import sort_key
from organization.permissions import ADMIN, may_arrange_bureau, may_arrange_bureaus
from organization.services.accounts import Issued, random_password
from organization.services.lines import difference, facts
from organization.tree import ids_above, ids_below

LEVELS = [str(level) for level in Bureau.Level.values]
"""From the top down; a bureau never stands below one of a lower level."""
FIRST_DEPARTMENT = ("01", "办公室")
"""Where the first administrator of a new bureau belongs until its people are imported."""


def lock_trees(*bureaus: int) -> None:
    """Locks the tops of the trees in which the bureaus stand, until the transaction ends (docs/locking.md).

    Whoever changes who stands below whom does so behind the top of the tree, so that two moves cannot make a ring of
    which each saw only its own half. Read again what depends on the tree after this.
    """
    locked: set[int] = set()
    while True:
        tops = set(Bureau.objects.filter(pk__in=[_top(pk) for pk in bureaus]).values_list("pk", flat=True))
        if tops <= locked:
            return
        rows = Bureau.objects.select_for_update(no_key=True).filter(pk__in=tops).order_by("pk")
        locked |= {row.pk for row in rows}


def _top(pk: int) -> int:
    top = Bureau.objects.filter(pk__in=ids_above(pk), parent=None).values_list("pk", flat=True).first()
    return pk if top is None else top


def would_close_a_ring(bureau: int, parent: int) -> bool:
    """Whether a bureau would stand below itself under this parent."""
    return parent == bureau or Bureau.objects.filter(pk=parent, pk__in=ids_below(bureau)).exists()


@transaction.atomic
def move_bureau(*, bureau: Bureau, parent: Bureau, actor: Employee) -> Bureau | None:
    """Puts a bureau with all that is below it under another one; returns the one that it left, None where it stood there.

    Its people, quarters and scores stay as they are; what changes is who sees its figures (docs/upward.md). Raises Refused
    unless the actor administers a bureau above it and above, or at, the new place; InvalidInput for a place below itself
    or of a lower level.
    """
    may_arrange_bureaus(actor).require()
    lock_trees(bureau.pk, parent.pk)
    bureau, parent = _fresh(actor, bureau), _fresh(actor, parent, own=True)
    before = bureau.parent
    assert before is not None  # it stands below the actor's
    if before.pk == parent.pk:
        return None
    if would_close_a_ring(bureau.pk, parent.pk):
        names = {"bureau": bureau.name, "parent": parent.name}
        raise InvalidInput(
            _("%(parent)s就在%(bureau)s之下，不能反过来做它的上级；请选另一个单位。") % names, code="ring"
        )
    _check_level(parent.level, bureau.level)
    bureau.parent = parent
    bureau.save(update_fields=["parent"])
    _note(
        actor,
        "bureau.relocate",
        bureau,
        [bureau, before, parent],
        before={"parent": str(before)},
        after={"parent": str(parent)},
    )
    return before


@transaction.atomic
def change_bureau(*, bureau: Bureau, name: str, level: str, actor: Employee) -> Bureau:
    """Renames a bureau below the actor's or gives it its right level. Raises as `move_bureau`."""
    may_arrange_bureaus(actor).require()
    lock_trees(bureau.pk)
    bureau = _fresh(actor, bureau)
    assert bureau.parent is not None
    _check_level(bureau.parent.level, level)
    for lower in Bureau.objects.filter(parent=bureau).values_list("level", flat=True):
        _check_level(level, lower)
    before = facts(bureau, "name", "level")
    bureau.name, bureau.level = clean(name), level
    before, after = difference(before, facts(bureau, "name", "level"))
    if after:
        bureau.save(update_fields=["name", "level"])
        _note(actor, "bureau.change", bureau, [bureau], before=before, after=after)
    return bureau


@transaction.atomic
def add_bureau(
    *, parent: Bureau, code: str, name: str, level: str, number: str, person: str, actor: Employee
) -> tuple[Bureau, Issued]:
    """A bureau below another one, with its rank categories, a first department and its first administrator, who gets an
    initial password and imports or enters everybody else.

    Raises as `move_bureau`; InvalidInput for a code or a staff number that is taken anywhere in the installation.
    """
    may_arrange_bureaus(actor).require()
    lock_trees(parent.pk)
    parent = _fresh(actor, parent, own=True)
    _check_level(parent.level, level)
    bureau = Bureau(code=as_code(code), name=clean(name), level=level, parent=parent)
    _insert(bureau, "code", _("单位代码 %s 已经有了，请换一个。") % bureau.code)
    issued = _first_administrator(bureau, RankCategory.objects.begin(bureau)[-1], as_code(number), clean(person))
    after = facts(bureau, "code", "name", "level", "parent") | {"person": str(issued.employee)}
    _note(actor, "bureau.add", bureau, [bureau, parent], after=after)
    return bureau, issued


def _first_administrator(bureau: Bureau, category: RankCategory, number: str, name: str) -> Issued:
    code, title = FIRST_DEPARTMENT
    department = Department.objects.create(bureau=bureau, code=code, name=title, kind=Department.Kind.OFFICE)
    password = random_password()
    person = Employee(
        number=number, name=name, sort_key=sort_key(name), bureau=bureau, department=department, category=category,
        password=make_password(password), must_change_password=True,
    )  # fmt: skip
    _insert(person, "number", _("工号 %s 已经有人使用，请核对。") % number)
    Placement.objects.create(employee=person, effective_from=BEGINNING, department=department, category=category)
    Role.objects.create(employee=person, kind=ADMIN)
    return Issued(person, password)


def _insert(row: Bureau | Employee, field: str, taken: str) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidInput(taken, code="taken", fields={field: taken}) from error


def _fresh(actor: Employee, bureau: Bureau, *, own: bool = False) -> Bureau:
    """The bureau as it stands behind the lock, if the actor may arrange it there."""
    found = Bureau.objects.select_related("parent").filter(pk=bureau.pk).first()
    if found is None:
        raise Conflict(_("这个单位已经没有了，请刷新页面。"))
    may_arrange_bureau(actor, found, own=own).require()
    return found


def _check_level(upper: str, lower: str) -> None:
    if LEVELS.index(upper) > LEVELS.index(lower):
        names = {"upper": Bureau.Level(upper).label, "lower": Bureau.Level(lower).label}
        sentence = _("%(lower)s不能放在%(upper)s之下；上级单位的层级不能低于本单位。") % names
        raise InvalidInput(sentence, code="level", fields={"level": sentence})


def _note(actor: Employee, action: str, target: Bureau, bureaus: Iterable[Bureau], **what: Any) -> None:
    """One line in the log of each bureau concerned, the actor's own among them."""
    concerned = {bureau.code: bureau for bureau in (*bureaus, actor.bureau)}
    record_many(compose(actor=actor, action=action, bureau=one, target=target, **what) for one in concerned.values())
