"""The personal file as PDF: the parts of the page, in its order, for the same reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from common.components import quarter_label
from common.pdf import Bar, Column, Sheet
from common.templatetags.ui import points, signed
from reports.queries.personal_file import PersonalFile, QuarterLine


def file_pdf(file: PersonalFile, *, printed_on: date) -> bytes:
    """The file as a document of several A4 pages."""
    person = file.person
    title = _("个人绩效档案")
    foot = _("%(bureau)s · %(reader)s %(day)s 打印") % {
        "bureau": person.bureau.name, "reader": file.reader.name, "day": printed_on.isoformat(),
    }  # fmt: skip
    sheet = Sheet(title=f"{title} {person.name}", author=person.bureau.name, foot=foot)
    sheet.head(title, f"{person.name}（{person.number}）")
    sheet.facts(
        [
            (_("单位"), person.bureau.name),
            (_("部门"), person.department.name),
            (_("岗位"), person.post.name if person.post else "–"),
            (_("党支部"), person.branch.name if person.branch else "–"),
            (_("序列"), person.category.name),
            (_("入职日期"), person.joined_on.isoformat() if person.joined_on else "–"),
        ]
    )
    _scores(sheet, file)
    _stars(sheet, file)
    _work(sheet, file)
    _together(sheet, file)
    _uses(sheet, file)
    return sheet.pdf()


def _part(sheet: Sheet, title: str, columns: Sequence[Column], rows: Sequence[Sequence[object]], none: str) -> None:
    sheet.section(title, sheet.table(columns, rows) if rows else sheet.text(none, small=True))


def _scores(sheet: Sheet, file: PersonalFile) -> None:
    columns = [
        Column(_("季度"), 2.2), Column(_("部门"), 2.6), Column(_("总分"), 1.1, num=True), Column("30 : 60 : 10", 2.7),
        Column(_("共性"), 1, num=True), Column(_("个性"), 1, num=True), Column(_("竞争性"), 1, num=True),
        Column(_("加减分"), 1.1, num=True), Column(_("联动"), 1, num=True), Column(_("单位排名"), 1.4, num=True),
        Column(_("序列排名"), 1.3, num=True),
    ]  # fmt: skip
    rows = [_quarter(line) for line in file.quarters]
    _part(sheet, _("得分与名次"), columns, rows, _("还没有公示或发布的得分。"))
    if file.unseen:
        sheet.add(sheet.text(_("另有 %d 个季度在其他部门计分，不在您可查看的范围内。") % file.unseen, small=True))
    if file.years:
        columns = [
            Column(_("年度"), 2), Column(_("序列"), 2), Column(_("年度得分"), 2, num=True),
            Column(_("计入季度"), 2, num=True), Column(_("单位排名"), 2, num=True), Column(_("序列排名"), 2, num=True),
        ]  # fmt: skip
        annual = [
            (
                _("%s年") % year, row.category.name, points(row.score), row.quarters, row.bureau_rank or "–",
                row.category_rank or "–",
            )
            for year, row in file.years
        ]  # fmt: skip
        sheet.section(_("年度得分"), sheet.table(columns, annual))


def _quarter(line: QuarterLine) -> tuple[object, ...]:
    rank = f"{line.bureau_rank}/{line.ranked}" if line.bureau_rank else line.not_ranked or "–"
    return (
        quarter_label(line.code), line.department, points(line.total), Bar(line.bar), *map(points, line.parts),
        signed(line.adjustments), signed(line.linkage), rank, line.category_rank or "–",
    )  # fmt: skip


def _stars(sheet: Sheet, file: PersonalFile) -> None:
    columns = [Column(_("季度"), 2), Column(_("星级"), 2), Column(_("事迹"), 7), Column(_("证书编号"), 2.4)]
    rows = [
        (
            quarter_label(deed.star.quarter),
            deed.star.label,
            _("已撤销：%s") % deed.star.withdrawal if deed.is_withdrawn else deed.star.deeds,
            deed.star.serial,
        )
        for deed in file.stars
    ]
    _part(sheet, _("五星"), columns, rows, _("还没有获得星级。"))


def _work(sheet: Sheet, file: PersonalFile) -> None:
    columns = [
        Column(_("季度"), 2), Column(_("编号"), 2.4), Column(_("任务"), 6), Column(_("方式"), 1.6),
        Column(_("状态"), 1.6), Column(_("得分"), 1.1, num=True),
    ]  # fmt: skip
    rows = [
        (
            quarter_label(line.quarter), line.number, line.name,
            f"{line.way} {line.part}".strip(), line.state_label, points(line.points),
        )
        for line in file.tasks
    ]  # fmt: skip
    _part(sheet, _("急难险重任务"), columns, rows, _("没有承担过任务。"))
    columns = [Column(_("日期"), 1.6), Column(_("事由"), 5), Column(_("依据"), 4), Column(_("分值"), 1.2, num=True)]
    changes = [(line.day.isoformat(), line.matter, line.basis, signed(line.points)) for line in file.adjustments]
    _part(sheet, _("加减分"), columns, changes, _("没有计入的加减分。"))


def _together(sheet: Sheet, file: PersonalFile) -> None:
    columns = [Column(_("月份"), 1.5), Column(_("召开日期"), 2), Column(_("到会情况"), 4), Column(_("发言"), 2)]
    rows = [
        (
            line.month,
            line.day.isoformat() if line.day else "",
            f"{line.attendance} {line.reason}".strip() or "–",
            _("已提交") if line.stated else "–",
        )
        for line in file.showings
    ]
    _part(sheet, _("三晒"), columns, rows, _("没有参加过三晒。"))
    if file.shows_talks:
        columns = [
            Column(_("谈话日期"), 2), Column(_("方式"), 2), Column(_("事由"), 2),
            Column(_("谈话人"), 2), Column(_("状态"), 3),
        ]  # fmt: skip
        talks = [(line.day.isoformat(), line.kind, line.trigger, line.talker, line.state_label) for line in file.talks]
        _part(sheet, _("谈心谈话"), columns, talks, _("没有谈话记录。"))


def _uses(sheet: Sheet, file: PersonalFile) -> None:
    columns = [Column(_("培训日期"), 2), Column(_("培训内容"), 6), Column(_("参加"), 2), Column(_("说明"), 4)]
    trainings = [(line.day.isoformat(), line.title, line.came, line.note) for line in file.trainings]
    _part(sheet, _("培训"), columns, trainings, _("没有安排过培训。"))
    columns = [
        Column(_("期间"), 2), Column(_("名单"), 3), Column(_("决定"), 2), Column(_("决定说明"), 4),
        Column(_("签发"), 2),
    ]  # fmt: skip
    decisions = [
        (line.period, line.kind, line.decision, line.note, line.signed_on.isoformat() if line.signed_on else "")
        for line in file.decisions
    ]
    _part(sheet, _("结果运用"), columns, decisions, _("没有已签发的决定。"))
