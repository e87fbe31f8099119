"""manage.py prepare [--demo]: what stands between installed packages and a running application."""

import unicodedata
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from organization.models import Bureau
from perfmgmt import demo
from perfmgmt.schedule import sync_schedule


class Command(BaseCommand):
    help = "升级数据库结构，写入定时任务表；--demo 还在空库里建立演示单位。标准输出只有演示账号表。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="库里没有单位时建立演示单位")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        sync_schedule()
        if options["demo"] and not Bureau.objects.exists():
            self.stderr.write("正在建立演示单位 …")
            call_command("seed_demo", stdout=StringIO(), stderr=self.stderr)  # its table of logins follows below
        self.stdout.write(demo_logins())


def display_width(text: str) -> int:
    """Columns that a terminal gives to a text: two for each Chinese character."""
    return sum(2 if unicodedata.east_asian_width(character) in "FW" else 1 for character in text)


def demo_logins() -> str:
    """The demo logins by role as a table for a terminal; empty when there are none."""
    rows = [(login.role, login.number, login.name, login.department) for login in demo.demo_logins()]
    if not rows:
        return ""
    table = [("角色", "工号", "姓名", "部门"), *rows]
    widths = [max(display_width(cell) for cell in column) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    return "\n".join(["演示账号（密码都是 demo-361）：", *lines])
