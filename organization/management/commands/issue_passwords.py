"""`manage.py issue_passwords --bureau XS OUT.xlsx`: initial passwords for people without one."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.commands import DataCommand
from common.text import listed
from organization.exports import open_private, write_passwords
from organization.models import Bureau
from organization.services.accounts import issue_passwords


class Command(DataCommand):
    help = _("为还没有密码的在职人员发放初始密码，写入只有本人可读的 Excel 文件；首次登录必须修改。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bureau", required=True, help=_("单位代码"))
        parser.add_argument("out", type=Path, help=_("要写的 .xlsx 文件"))

    def handle(self, *, bureau: str, out: Path, **_options: Any) -> None:
        found = Bureau.objects.filter(code=bureau).first()
        if found is None:
            codes = listed(Bureau.objects.values_list("code", flat=True)[:20]) or _("（还没有单位）")
            raise CommandError(_("没有代码为 %(code)s 的单位。现有单位：%(codes)s") % {"code": bureau, "codes": codes})
        try:
            file = open_private(out)
        except OSError as error:
            reason = {"out": out, "why": error.strerror}
            raise CommandError(_("不能写文件 %(out)s：%(why)s。没有发放任何密码。") % reason) from error
        with file:
            issued = issue_passwords(actor=None, bureau=found, today=timezone.localdate())
            write_passwords(issued, file)
        self.stdout.write(
            ngettext("已发放 %(n)d 个初始密码，写入 %(out)s。", "已发放 %(n)d 个初始密码，写入 %(out)s。", len(issued))
            % {"n": len(issued), "out": out}
        )
