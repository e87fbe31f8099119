"""What runs by itself, and when (Asia/Shanghai). `manage.py sync_schedule` brings the table into django-celery-beat."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery.schedules import crontab
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import CrontabSchedule, PeriodicTask, PeriodicTasks

from common.text import for_the_record
from perfmgmt.clock import Times

EVERY_MINUTE = crontab()
GRACE = timedelta(minutes=10)
"""So late beat and the queue may bring a job; what is later is dropped there and caught up once (catching_up.py)."""


@dataclass(frozen=True)
class Job:
    """`task` is the Celery name, `why` the sentence that the administrator reads."""

    task: str
    when: crontab
    why: Promise


JOBS = (
    Job("perfmgmt.jobs.heartbeat", EVERY_MINUTE, _("报到：/readyz 据此判断定时任务是否正常。")),
    Job("perfmgmt.jobs.catch_up", EVERY_MINUTE, _("重新执行中途消失的作业，补上停机期间错过的作业（每项只补一次）。")),
    Job("audit.jobs.seal_chains", EVERY_MINUTE, _("把新的审计记录封入各单位的哈希链。")),
    Job("exchange.jobs.sweep", EVERY_MINUTE, _("重新派发已登记但没有开始的导入导出作业。")),
    Job("scoring.jobs.sweep", EVERY_MINUTE, _("重新派发已登记但没有开始的计分作业。")),
    Job("scoring.jobs.follow_acceptances", EVERY_MINUTE, _("任务验收后更新预计得分和排名。")),
    Job(
        "tasks_market.jobs.close_windows",
        EVERY_MINUTE,
        _("公布到点的亮单；关闭到期的抢单，未抢的名额转分管局领导派单。"),
    ),
    Job("tasks_market.jobs.remind_overdue", crontab(hour="8", minute="30"), _("提醒逾期未交付的任务。")),
    Job("scoring.jobs.remind_appeals", crontab(hour="8", minute="40"), _("提醒临期和逾期的申诉答复、裁定。")),
    Job(
        "indicators.jobs.remind_assessors",
        crontab(hour="8", minute="20"),
        _("工作日提醒待初审、待确认的结果，每人一条。"),
    ),
    Job("reviews.jobs.remind_showings", crontab(hour="8", minute="50"), _("工作日提醒支部书记安排、召开、办结三晒。")),
    Job("organization.jobs.apply_dated_changes", crontab(hour="0", minute="10"), _("使当日生效的人员变动生效。")),
    Job(
        "reviews.jobs.remind_meetings",
        crontab(hour="8", minute="45"),
        _("提醒没有填写的扣分说明，临期和逾期的议定事项。"),
    ),
    Job("reviews.jobs.follow_corrections", crontab(minute="*/10"), _("更正计分后重列待召开讲评会的扣分清单。")),
    Job("reviews.jobs.refresh_lists", crontab(hour="0", minute="15"), _("按当日的支部人员更新待召开三晒的名单。")),
    Job("indicators.jobs.open_quarters", crontab(hour="0", minute="20"), _("为各单位开立本季度和下季度。")),
    Job("indicators.jobs.watch_rosters", crontab(hour="0", minute="30"), _("名单有变或到期未确认的，提醒部门负责人。")),
    Job(
        "supervision.jobs.make_warnings",
        crontab(hour="0", minute="35"),
        _("每月首个工作日按部门生成预警提醒表；停机漏下的补上，月中新增的考点补入。"),
    ),
    Job(
        "supervision.jobs.watch_warnings",
        crontab(hour="8", minute="10"),
        _("判定预警完成或逾期；过期未签字的逐级提醒。"),
    ),
    Job("indicators.jobs.compute_facts", crontab(hour="0", minute="40"), _("计算由本系统取数的机考考点，供当晚计分。")),
    Job(
        "reviews.jobs.suggest_talks", crontab(hour="1", minute="30"), _("按最近发布的季度提出谈话建议，提示支部书记。")
    ),
    Job("reviews.jobs.remind_talks", crontab(hour="8", minute="55"), _("提醒到期的谈话回访和待签字的谈话记录。")),
    Job("scoring.jobs.score_open_quarters", crontab(hour="1", minute="0"), _("计算未发布季度的预计得分。")),
    Job(
        "scoring.jobs.publish_due",
        crontab(minute="40"),
        _("公示期满且没有未结申诉的季度自动发布；条件不具备的告知绩效办。"),
    ),
    Job("awards.jobs.move_selections", crontab(minute="5"), _("按日期开始和截止五星投票；公示期满且没有异议的公布。")),
    Job("awards.jobs.remind", crontab(hour="8", minute="50"), _("五星投票截止前两个工作日，提醒还没有投完票的人。")),
    Job("notifications.jobs.send_due", EVERY_MINUTE, _("发出到点的邮件和群消息；没有成功的隔一段时间再发。")),
    Job(
        "notifications.jobs.write_digests",
        crontab(minute="*/10", hour="9-17"),
        _("工作日九点起写每天一封的汇总邮件；早上停机的当天补写。"),
    ),
    Job(
        "supervision.jobs.remind_letters",
        crontab(hour="8", minute="35"),
        _("督办事项期限过半、到期前 3 个和 1 个工作日及逾期后每个工作日提醒；逾期的上报并建议减分。"),
    ),
    Job(
        "notifications.jobs.clean",
        crontab(hour="3", minute="50"),
        _("清理发出已久的邮件和群消息（DELIVERIES_KEPT_DAYS，默认一百八十天）；没有发成的、结果不明的保留。"),
    ),
    Job("exchange.jobs.clean", crontab(hour="3", minute="30"), _("清理过期的上传文件和导出文件。")),
    Job(
        "perfmgmt.jobs.verify_audit",
        crontab(hour="4", minute="10"),
        _("逐条核对审计链；有改动的告知系统管理员和纪检。"),
    ),
    Job(
        "perfmgmt.jobs.clean_runs",
        crontab(hour="4", minute="40"),
        _("清理九十天前的作业记录，每项作业的最近一次保留。"),
    ),
)

BY_TASK = {job.task: job for job in JOBS}

VITAL = frozenset({"perfmgmt.jobs.heartbeat", "perfmgmt.jobs.catch_up", "audit.jobs.seal_chains"})
"""What may not be switched off."""

ON_DEMAND = {
    "exchange.jobs.import_file": _("检查上传的工作簿；预览确认后导入。"),
    "exchange.jobs.export_file": _("导出本单位的工作簿。"),
    "scoring.jobs.score": _("按绩效办的要求为一个季度计分。"),
}
"""What people start, not the clock."""

PARTS = {
    "scoring.jobs.score_open_quarters": ("scoring.jobs.work_wave",),
    "scoring.jobs.follow_acceptances": ("scoring.jobs.score_bureau",),
    "scoring.jobs.publish_due": ("scoring.jobs.publish_bureau",),
    "awards.jobs.move_selections": ("awards.jobs.advance_selection",),
}
"""Tasks that a job hands out, one for each bureau or quarter; `<job>_of` is a part of `<job>` without a line here."""


def parts_of(task: str) -> tuple[str, ...]:
    return (f"{task}_of", *PARTS.get(task, ()))


@transaction.atomic
def sync_schedule() -> tuple[int, int]:
    """Writes JOBS into the scheduler's table; returns how many rows were (made or changed, removed).

    Whether a job is enabled stays as the administrator left it. Rows of our own apps that JOBS no longer names go away.
    """
    # one at a time: two that start together would both find no row and both make one
    PeriodicTasks.objects.get_or_create(ident=1, defaults={"last_update": timezone.now()})
    PeriodicTasks.objects.select_for_update().get(ident=1)
    changed = 0
    for job in JOBS:
        wanted: dict[str, Any] = {
            "task": job.task,
            "crontab": _crontab_row(job.when),
            "description": for_the_record(job.why),
        }
        # after a standstill one run is enough: not one for each lost minute, and of the rest the catching-up brings one
        wanted["expire_seconds"] = 55 if job.when is EVERY_MINUTE else int(GRACE.total_seconds()) - 60
        row = PeriodicTask.objects.filter(name=job.task).first() or PeriodicTask(name=job.task)
        if row.pk and all(getattr(row, field) == value for field, value in wanted.items()):
            continue
        for field, value in wanted.items():
            setattr(row, field, value)
        row.save()
        changed += 1
    gone = [
        row
        for row in PeriodicTask.objects.exclude(name__in=[job.task for job in JOBS])
        if row.task.split(".")[0] in {"perfmgmt", *settings.PROJECT_APPS} and row.name == row.task
    ]
    for row in gone:
        row.delete()
    return changed, len(gone)


def _crontab_row(when: crontab) -> CrontabSchedule:
    row = CrontabSchedule.from_schedule(when)
    row.timezone = settings.TIME_ZONE
    found = CrontabSchedule.objects.filter(
        minute=row.minute,
        hour=row.hour,
        day_of_week=row.day_of_week,
        day_of_month=row.day_of_month,
        month_of_year=row.month_of_year,
        timezone=settings.TIME_ZONE,
    ).first()
    if found:
        return found
    row.save()
    return row


def is_frequent(task: str) -> bool:
    """Whether a task runs more often than hourly."""
    job = BY_TASK.get(task)
    return job is not None and Times.of(job.when).are_frequent
