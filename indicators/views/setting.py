"""考评方案: the values in force in a quarter, where they come from, and their change from a coming quarter on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.errors import DomainError
from common.forms import add_refusal
from common.quarters import QuarterCode
from indicators.forms import SchemeForm, quarter_choices, scheme_texts
from indicators.models import SchemeSetting
from indicators.permissions import may_edit_libraries
from indicators.queries import scheme_rows, settled_until
from indicators.scheme import SCHEME_KEYS
from indicators.services.scheme import set_values
from indicators.views.shared import address, asked_quarter, quarter_tabs, status_of
from organization.models import Bureau
from organization.requests import PersonRequest

QUARTERS_AHEAD = 5


@require_http_methods(["GET", "POST"])
def scheme(request: PersonRequest) -> HttpResponse:
    """The scheme of a quarter; the office sets values from a coming one."""
    user = request.user
    bureau = user.bureau
    quarter = asked_quarter(request)
    code = quarter.code if quarter else str(QuarterCode.of(bureau.today))
    may_edit = may_edit_libraries(user, bureau)
    texts, rows = scheme_texts(bureau, code), scheme_rows(bureau, code)
    form = SchemeForm(
        request.POST or None,
        bureau=bureau,
        current=texts,
        quarters=_coming(bureau, code),
        draft={
            key: request.GET[f"draft_{name}"] for key, name in SCHEME_KEYS.items() if f"draft_{name}" in request.GET
        },
    )
    if request.method == "POST":
        may_edit.require()
        if form.is_valid():
            given = form.cleaned_data
            try:
                changed = set_values(
                    bureau=bureau,
                    from_quarter=given["from_quarter"],
                    values=form.values,
                    reason=given["reason"],
                    actor=user,
                )
            except DomainError as error:
                add_refusal(form, error)
            else:
                if changed:
                    messages.success(
                        request,
                        _("已设定 %(count)d 项，自 %(code)s 起执行。")
                        % {"count": len(changed), "code": given["from_quarter"]},
                    )
                else:
                    messages.info(request, _("没有改动。"))
                return redirect(address(reverse("indicators:scheme"), quarter=code))
    return render(
        request,
        "indicators/scheme.html",
        {
            "code": code,
            "tabs": quarter_tabs([one for one, _label in quarter_choices(bureau)], code),
            "values": [
                (key, text, _("%s 起") % rows[key].from_quarter if key in rows else _("默认"))
                for key, text in texts.items()
            ],
            "history": SchemeSetting.objects.visible_to(user).order_by("-from_quarter", "key"),
            "changed": len(rows),
            "form": form,
            "may_edit": may_edit,
        },
        status=status_of(form),
    )


def _coming(bureau: Bureau, code: str) -> list[str]:
    """From the shown quarter or the first unsettled one, whichever is later, and a year on."""
    settled = settled_until(bureau)
    period = QuarterCode.parse(code)
    if settled >= code:
        period = QuarterCode.parse(settled).next()
    codes = []
    for _step in range(QUARTERS_AHEAD):
        codes.append(str(period))
        period = period.next()
    return codes
