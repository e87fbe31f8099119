"""manage.py sync_schedule: the table of perfmgmt/schedule.py into the scheduler; safe to run at every start."""

from django.core.management.base import BaseCommand

from perfmgmt.schedule import JOBS, sync_schedule


class Command(BaseCommand):
    help = "把定时任务表写入调度器，可重复执行。"

    def handle(self, *args: object, **options: object) -> None:
        changed, removed = sync_schedule()
        self.stdout.write(f"定时任务共 {len(JOBS)} 项：更新 {changed} 项，移除 {removed} 项。")
