"""A bulletin as Word in the layout of GB/T 9704: text, chart, tables as attachments. The same bulletin, the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from common.bars import Bar, bar_picture
from common.components import quarter_label
from common.official import OfficialDocument
from reports.models import Bulletin
from reports.queries.bulletin_figures import SECTIONS, Figures
from reports.queries.bulletins import blocks, figures_of

NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]')


def word_name(bulletin: Bulletin) -> str:
    return f"{NOT_IN_NAMES.sub('', bulletin.title)}.docx"


def bulletin_as_word(bulletin: Bulletin) -> bytes:
    """The document, in the language of the installation; a draft has neither number nor day."""
    with translation.override(settings.DEFAULT_LANGUAGE):
        return _document(bulletin).save()


def _document(bulletin: Bulletin) -> OfficialDocument:
    figures, issuer = figures_of(bulletin), bulletin.bureau.name
    document = OfficialDocument(
        issuer=issuer,
        number=bulletin.number or _("（送审稿，文号印发时编）"),
        title=bulletin.title,
        recipients=(_("各部门、各党支部"),),
        day=bulletin.published_on,
        copies=(_("局领导"),),
        printed_by=_("%s绩效办") % issuer,
    )
    for section in SECTIONS:
        text = getattr(bulletin, section)
        if text:
            document.heading(str(Bulletin._meta.get_field(section).verbose_name))  # type: ignore[union-attr]
            for block in blocks(text):
                if block.heading:
                    document.heading(block.text, 2)
                else:
                    document.paragraph(block.text)
    _departments(document, figures)
    _points(document, figures)
    _movement(document, figures)
    return document


def _departments(document: OfficialDocument, figures: Figures) -> None:
    if not figures.departments:
        return
    quarter = quarter_label(figures.quarter)
    document.annex(_("%s各部门得分情况") % quarter)
    headings = [_("名次"), _("部门"), _("人数"), _("平均分"), _("比上季"), _("扣分面%"), _("失分合计")]
    rows = (
        (one.rank, one.name, one.people, one.mean, one.change or "—", one.coverage, one.lost)
        for one in figures.departments
    )
    document.table(headings, list(rows), align="clrrrrr", widths=(5, 23, 5, 7, 7, 9, 8))
    if figures.departments_left_out:
        document.paragraph(_left_out(figures))
    bars = [Bar(one.name, Decimal(one.mean)) for one in figures.departments]
    document.caption(_("各部门平均分（横轴不从零起）"))
    document.picture(bar_picture(bars), alt=_("%s各部门平均分由高到低") % quarter)


def _points(document: OfficialDocument, figures: Figures) -> None:
    if not figures.points:
        return
    document.annex(_("%s失分考点") % quarter_label(figures.quarter))
    headings = [_("序号"), _("考点"), _("类别"), _("失分"), _("人数"), _("部门")]
    rows = [
        (place, f"{one.code} {one.name}", one.library, one.lost, one.people, one.departments)
        for place, one in enumerate(figures.points, 1)
    ]
    document.table(headings, rows, align="clcrrr", widths=(5, 32, 8, 8, 6, 6))


def _movement(document: OfficialDocument, figures: Figures) -> None:
    if not figures.moved:
        return
    before, now = quarter_label(figures.quarter_before), quarter_label(figures.quarter)
    document.annex(_("%(now)s与%(before)s对比") % {"now": now, "before": before})
    rows: Iterable[tuple[str, ...]] = ((one.label, one.before, one.now, one.change) for one in figures.moved)
    document.table([_("指标"), before, now, _("增减")], list(rows), align="lrrr", widths=(14, 9, 9, 8))


def _left_out(figures: Figures) -> str:
    return _("另有 %d 个部门人数较少，为不显示个人得分不单列。") % figures.departments_left_out
