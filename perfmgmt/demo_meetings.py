"""The review meetings of the demonstration's published quarters, through the services, dated as a bureau would have held
them: explanations, comments, summing-up, minutes, and actions of which some are done, some late. No score moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext as _

from indicators.models import Quarter
from notifications.models import Notification
from organization.models import Bureau, Department, Employee, Role
from organization.queries import holders
from reviews.models import ReviewMeeting
from reviews.queries.meetings import Speakers, pack_shown, point_names
from reviews.queries.minutes import drafted_minutes, drafted_report
from reviews.services import actions, meetings
from reviews.services.explaining import explain


@dataclass(frozen=True, slots=True)
class Day:
    """When a quarter's meeting was prepared, explained and held, and when its minutes were final; None: still a draft."""

    prepared: date
    explained: date
    held: date
    closed: date | None


@dataclass(frozen=True, slots=True)
class Decided:
    """An action: whose department, what, by when; what was reported when, and how it ended."""

    department: str
    task: str
    due_on: date
    reported: date | None = None
    outcome: str = ""
    settled: date | None = None
    dropped: str = ""
    owner: str = ""


DAYS: Mapping[str, Day] = {
    "2023Q1": Day(date(2023, 4, 17), date(2023, 4, 20), date(2023, 4, 25), date(2023, 4, 27)),
    "2023Q2": Day(date(2023, 8, 21), date(2023, 8, 24), date(2023, 8, 30), None),
}
PLACE = "三楼会议室"

SAID: tuple[tuple[str, str, str], ...] = (
    ("学习兴税", "部分人员在岗位练兵和征期之间没有统筹好，学时集中到季末补学，来不及完成。",
     "把学时拆到每周，股务会每周通报进度；征期前一周完成当月学时，联络员逐人核对。"),
    ("三晒", "发言材料只罗列做了什么，短板没有点到具体事项，打算缺少完成时限。",
     "会前由支部书记逐份把关，短板必须对应到考点，打算写明时限，下月对照检查。"),
    ("考勤", "有人外出办事没有在系统里报备，下户后直接回家，打卡记录缺失。",
     "外出一律先报备再离岗，由股室负责人当天审核；每周一公布上周缺卡名单。"),
    ("政治理论", "集体学习与下户核查时间冲突，缺席后没有及时补学。",
     "固定每周三上午学习，缺席的三天内补学并交笔记，由支部组织委员登记销号。"),
    ("办公终端", "两台电脑未及时更新补丁，个别人员离开座位没有锁屏。",
     "信息中心统一推送补丁，设置五分钟自动锁屏；每月抽查一次，结果在局内网公布。"),
    ("组织生活", "党员发言准备不足，讨论时多为表态，没有联系岗位实际。",
     "提前三天发讨论题，每人结合一件具体工作发言，由支部书记现场点评。"),
    ("廉洁自律", "下户人员没有按规定填写廉政回访单，提醒不够经常。",
     "下户任务单与回访单一并发放，缺一张不予报结；每季度由纪检组抽查回访十户。"),
    ("作风", "办税高峰时个别人员解释不耐心，被纳税人在评价器上评了差评。",
     "高峰期由带班领导在大厅值守，差评当天回访；请服务标兵每月带班一次。"),
    ("数电票", "部分个体户年纪大、手机操作不熟，上门一次没有教会，回头辅导不够。",
     "按网格建立未掌握户清单，两人一组二次上门，现场开出第一张票才算完成。"),
    ("按期填报", "联络员交接不清，有三项任务按口头通知办完却没有在系统里填报。",
     "交接必须列清单并由负责人签字；每月二十日前由联络员自查漏填。"),
    ("正风肃纪", "节前提醒只发了文件，没有点到人；抽查时公务用车登记不全。",
     "节前开短会逐人提醒，车辆使用当日登记、次日核对，由办公室负责。"),
    ("保密", "文件流转用了个人即时通信软件，离岗时涉密柜没有落锁。",
     "涉密文件一律走内网，重申六条禁令并签承诺书；每周五下班前检查柜锁。"),
    ("走访", "重点企业名单调整后没有重新分工，两户一直无人认领。",
     "名单变动当天重新分工到人，走访记录三日内上传，分管局领导每月随访一户。"),
    ("窗口", "不动产和车购税业务资料告知不统一，纳税人补件跑了第二次。",
     "统一一次性告知单，疑难业务由导税台先审；每周复盘一次没有办结的原因。"),
    ("股权转让", "与市场监管部门的变更信息交换滞后，核查启动晚。",
     "每周五取一次变更名单，五日内完成约谈，超期的由股长直接督办。"),
    ("申报率", "新办户和临时停业户催报不及时，征期最后三天才集中打电话。",
     "征期第八天起分批提醒，未申报户每天清零一批，长期不联系的转入风险核查。"),
    ("入库", "两户重点税源受市场影响税款下降，月初测算偏高。",
     "按旬更新税源测算，重点户一户一策；欠税户签订清缴计划，逐月落实。"),
    ("分析报告", "取数口径与上级不一致，报告改了三次，错过报送时间。",
     "先与收入核算股核对口径再动笔，报送前五天形成初稿，由股长审核。"),
    ("发票", "高风险户推送后没有当天分派，两户处置超过规定天数。",
     "风险任务当日分派、三日反馈，超期自动升级到分管局领导。"),
    ("信访", "转办件只登记了收件日期，没有盯办理期限。",
     "转办件设三天、一天两次提醒，办结前由专人每日跟踪。"),
)  # fmt: skip
OTHERWISE: tuple[tuple[str, str], ...] = (
    ("节点前准备不足，材料在最后两天集中完成，有差错没有核出来。",
     "节点前五个工作日完成初稿，由联络员对照质量标准逐项自查后再报。"),
    ("人员轮岗后责任没有及时交接，有一段时间无人跟进。",
     "轮岗当天办清交接单，考点责任人在系统里同步更换，由负责人复核。"),
    ("与配合部门沟通不够，数据取得晚，影响了完成进度。",
     "与配合部门约定每月固定的取数日，逾期由分管局领导协调。"),
    ("对质量标准理解有偏差，按老口径填报，被考评部门核减。",
     "请考评部门集中讲一次标准，按新口径自查本季数据，举一反三。"),
)  # fmt: skip

COMMENTS = {
    "2023Q1": (
        "分管的几个部门总体平稳，问题集中在学习和考勤这类基础项上，不是能力问题，是抓得不紧。请各负责人回去对着清单逐条过，"
        "四月底前把整改落实到人，我五月中旬去看效果。",
        "大厅和网格的同志压力大，这一点局里清楚。但差评和补件要一件一件分析，不能笼统说业务量大。一次性告知单"
        "这个月就要换下来，换完以后看数据说话。",
        "保密和终端安全没有大小之分，这次扣分是提醒。信息中心把排查结果直接报我，两周后回头看，再出现同样的问题就要问责。",
    ),
    "2023Q2": (
        "与一季度相比，学时和考勤的扣分明显少了，说明定下来的办法管用。廉洁自律失分反而多了，六月以后下户任务重，"
        "回访单不能省，纪检组要多到现场。",
        "税源和申报两项要提前算、提前催，不要把压力留到征期最后三天。城区和乡镇的做法可以互相学，请两个分局各讲一次经验。",
        "整改措施写得比上季实，下一步看落实。凡是两个季度都在同一个考点上失分的，部门负责人要当面向我说明。",
    ),
}
SUMMING_UP = {
    "2023Q1": "同意以上意见，我强调三点。第一，讲评不是算旧账，是找短板，每个部门把说明的措施当成承诺来兑现。"
    "第二，基础项不该丢的分不能再丢，学习、考勤、保密由负责人直接抓。第三，绩效办把今天议定的事项列成清单，"
    "逐件盯到办结，下次会议先报上次的落实情况。",
    "2023Q2": "上半年全局的分差在缩小，这是大家努力的结果。下半年抓三件事：一是廉洁自律，所有下户任务必须有回访；"
    "二是征期管理前移，申报和入库的账提前十天算清；三是关心一线，业务量大的窗口要及时调人。"
    "上次议定的事项还有一件没有办结，绩效办要盯住。",
}
ACTIONS: Mapping[str, tuple[Decided, ...]] = {
    "2023Q1": (
        Decided("D13", "完成全局办公终端违规外联、弱口令和补丁的排查整改，结果在局内网公布", date(2023, 5, 19),
                date(2023, 5, 17), "共排查终端 231 台，整改弱口令 14 台、补丁缺失 9 台，已全部复查合格并公布。",
                date(2023, 5, 18)),
        Decided("D06", "建立数据疑点当周清零机制，每周五通报各分局清理进度", date(2023, 5, 31),
                date(2023, 5, 29), "机制已印发，五月通报四期，疑点清理率由 86% 升到 97%。", date(2023, 5, 31)),
        Decided("D09", "制定“学习兴税”补学计划，六月中旬前一季度欠学人员全部补齐", date(2023, 6, 16),
                date(2023, 6, 14), "28 名欠学人员已全部补齐学时，名单附后。", date(2023, 6, 15)),
        Decided("D16", "对城区按期申报率低于 95% 的网格逐户催报并写出分析", date(2023, 6, 30),
                settled=date(2023, 6, 20), dropped="网格在六月重新划分，这件事并入新网格的二季度整改，不再单独办理。"),
        Decided("D01", "修订涉密载体登记和文件流转制度，报局务会审议", date(2023, 8, 18)),
    ),
    "2023Q2": (
        Decided("D07", "统一不动产、车购税业务的一次性告知单并在窗口换用", date(2023, 9, 8),
                date(2023, 8, 31), "新告知单共 6 种已印制换用，导税台同步培训 11 人。"),
        Decided("D12", "汇总上半年下户廉政回访缺失清单，通报到部门", date(2023, 8, 31)),
        Decided("D17", "整理乡镇分局征期前移的做法，在九月股务会上介绍", date(2023, 9, 15)),
        Decided("", "梳理本岗位两个季度都失分的考点，写出改进办法交部门负责人", date(2023, 9, 5),
                owner="10232300105"),
    ),
}  # fmt: skip


def hold_meetings(bureau: Bureau) -> int:
    """Holds the meetings that have not been held; returns how many."""
    return sum(_hold(bureau, code, day) for code, day in DAYS.items())


def _hold(bureau: Bureau, code: str, day: Day) -> bool:
    quarter = Quarter.objects.select_related("bureau").filter(bureau=bureau, code=code).first()
    if quarter is None or not quarter.is_settled or ReviewMeeting.objects.filter(quarter=quarter).exists():
        return False
    office = holders(bureau, day.prepared, Role.Kind.OFFICE)[0]
    arrangement = meetings.Arrangement(day.held, time(15), PLACE)
    meeting = meetings.prepare_meeting(
        quarter=quarter, arrangement=arrangement, actor=office, today=day.prepared, now=_at(day.prepared, 10)
    )
    _explain(meeting, office, day.explained)
    meetings.hold_meeting(meeting=meeting, actor=office, today=day.held, now=_at(day.held, 15))
    meeting.refresh_from_db()
    _speak(meeting, office, code, day.held)
    _date_notices(day.prepared)
    for decided in ACTIONS[code]:
        _decide(meeting, office, decided, day.held)
    text = drafted_minutes(meeting)
    if day.closed is None:
        meetings.save_minutes(meeting=meeting, text=text, actor=office)
    else:
        now = _at(day.closed, 11)
        meetings.close_meeting(meeting=meeting, text=text, actor=office, today=day.closed, now=now)
        _date_notices(day.closed)
    return True


def _explain(meeting: ReviewMeeting, office: Employee, day: date) -> None:
    """Every department but for the smallest losses of some, which stay open as they would."""
    speakers = Speakers(meeting.bureau, day)
    rows = list(meeting.lost_points.select_related("department").order_by("department__code", "-lost", "pk"))
    names = point_names(meeting, rows)
    for place, row in enumerate(rows):
        if place % 23 == 22 and row.lost < 1:
            continue
        row.meeting = meeting
        people = speakers.of(row.department_id) or [office]
        cause, measure = _said_to(names.get(row.point_id, ""), place)
        explain(
            row=row, cause=cause, measure=measure, actor=people[place % len(people)], today=day,
            now=_at(day, 9 + place % 8),
        )  # fmt: skip


def _said_to(name: str, place: int) -> tuple[str, str]:
    for part, cause, measure in SAID:
        if part in name:
            return cause, measure
    return OTHERWISE[place % len(OTHERWISE)]


def _speak(meeting: ReviewMeeting, office: Employee, code: str, day: date) -> None:
    pack = pack_shown(meeting)
    assert pack is not None
    meetings.write_report(meeting=meeting, text=drafted_report(pack), actor=office)
    deputies = holders(meeting.bureau, day, Role.Kind.DEPUTY_DIRECTOR)
    for place, (deputy, text) in enumerate(zip(deputies, COMMENTS[code], strict=False)):
        meetings.comment(meeting=meeting, text=text, actor=deputy, now=_at(day, 16 + place // 2))
    if meeting.chair is not None:
        meetings.sum_up(meeting=meeting, text=SUMMING_UP[code], actor=meeting.chair)
    meeting.refresh_from_db()


def _decide(meeting: ReviewMeeting, office: Employee, decided: Decided, day: date) -> None:
    owner, department = _owner(meeting.bureau, decided, day)
    if owner is None or department is None:
        return
    action = actions.add_action(
        meeting=meeting, task=decided.task, department=department, owner=owner, due_on=decided.due_on, actor=office,
        today=day, now=_at(day, 17),
    )  # fmt: skip
    _date_notices(day)
    if decided.reported is not None:
        now = _at(decided.reported, 10)
        action = actions.report_outcome(
            action=action, outcome=decided.outcome, actor=owner, today=decided.reported, now=now
        )
        _date_notices(decided.reported)
    if decided.settled is not None:
        reason = decided.dropped or _("已核实，同意办结。")
        now = _at(decided.settled, 16)
        actions.settle_action(action=action, done=not decided.dropped, reason=reason, actor=office, now=now)
        _date_notices(decided.settled)


def _owner(bureau: Bureau, decided: Decided, day: date) -> tuple[Employee | None, Department | None]:
    """The person named, else the first who speaks for the department."""
    if decided.owner:
        person = Employee.objects.filter(bureau=bureau, number=decided.owner).select_related("department").first()
        return person, person.department if person else None
    department = Department.objects.filter(bureau=bureau, code=decided.department).first()
    speakers = Speakers(bureau, day).of(department.pk) if department else []
    return (speakers[0] if speakers else None), department


def _date_notices(day: date) -> None:
    """What was told just now was told on that day, and has been read if it is long ago."""
    told = Notification.objects.filter(occasion__startswith="meeting", created_at__date=timezone.localdate())
    told.update(created_at=_at(day, 10), read_at=_at(day, 11) if day < date(2023, 8, 1) else None)


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
