"""`manage.py seed_province`: a made-up province in an empty database, to look at the figures of an upper bureau."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import DomainError
from organization.models import Bureau
from perfmgmt.demo_province import Size, seed_province
from perfmgmt.management.commands.prepare import demo_logins


class Command(BaseCommand):
    help = "在空的数据库里建立演示省局：省、市、县三级，数据随机生成，用来看“下级单位”页面；已有任何单位时拒绝。"

    def add_arguments(self, parser: CommandParser) -> None:
        usual = Size()
        parser.add_argument("--cities", type=int, choices=range(1, 10), default=usual.cities, metavar="1-9")
        parser.add_argument("--counties", type=int, choices=range(1, 11), default=usual.counties, metavar="1-10")
        parser.add_argument("--people", type=int, default=usual.people, help="省局、市局各多少人；县局为其一半到同样多")

    def handle(self, *, cities: int, counties: int, people: int, **_options: Any) -> None:
        try:
            top = seed_province(Size(cities, counties, max(20, people)))
        except DomainError as error:
            raise CommandError(str(error)) from error
        below = Bureau.objects.below(top).count()
        self.stdout.write(f"{top.name}和下级 {below} 个单位已建立。")
        self.stdout.write(demo_logins())
