import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("indicators", "0003_roster_reason"),
        ("organization", "0002_fill_calendar"),
        ("scoring", "0006_refuse_roundabout_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("on_site", "实地督查"), ("written", "书面督查"), ("desk", "案头督查")],
                        max_length=8,
                        verbose_name="督查方式",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("opening", models.TextField(blank=True, verbose_name="正文")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "立项"),
                            ("issued", "交办"),
                            ("closed", "销号"),
                            ("archived", "归档"),
                            ("revoked", "撤回"),
                        ],
                        default="draft",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(null=True, verbose_name="年度")),
                ("serial", models.PositiveIntegerField(null=True, verbose_name="序号")),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="文号")),
                ("drafted_at", models.DateTimeField(verbose_name="立项时间")),
                ("issued_on", models.DateField(null=True, verbose_name="交办日期")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="立项人",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签发人",
                    ),
                ),
            ],
            options={
                "verbose_name": "督查督办函",
                "verbose_name_plural": "督查督办函",
                "ordering": ["-drafted_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="LetterItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="序号")),
                ("matter", models.CharField(max_length=200, verbose_name="督办事项")),
                ("problem", models.TextField(verbose_name="存在问题")),
                ("requirement", models.TextField(verbose_name="整改要求")),
                ("due_on", models.DateField(verbose_name="办结期限")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "待交办"),
                            ("assigned", "办理"),
                            ("reported", "反馈待审"),
                            ("returned", "退回重办"),
                            ("closed", "已销号"),
                            ("dropped", "不再督办"),
                        ],
                        default="planned",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("assigned_on", models.DateField(null=True, verbose_name="交办日期")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="销号时间")),
                ("settlement", models.TextField(blank=True, verbose_name="销号意见")),
                (
                    "assisting",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="organization.department", verbose_name="协办部门"
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.department",
                        verbose_name="主办部门",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="supervision.letter",
                        verbose_name="督查督办函",
                    ),
                ),
                (
                    "responsible",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letter_items",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="责任人",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="销号人",
                    ),
                ),
            ],
            options={
                "verbose_name": "督办事项",
                "verbose_name_plural": "督办事项",
                "ordering": ["letter", "position", "id"],
            },
        ),
        migrations.CreateModel(
            name="ItemReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="办理情况")),
                ("at", models.DateTimeField(verbose_name="反馈时间")),
                ("late", models.BooleanField(default=False, verbose_name="逾期反馈")),
                ("accepted", models.BooleanField(null=True, verbose_name="审核通过")),
                ("remark", models.TextField(blank=True, verbose_name="审核意见")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="反馈人",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="supervision.letteritem",
                        verbose_name="督办事项",
                    ),
                ),
            ],
            options={
                "verbose_name": "督办反馈",
                "verbose_name_plural": "督办反馈",
                "ordering": ["item", "at", "id"],
            },
        ),
        migrations.CreateModel(
            name="ItemExtension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("wanted", models.DateField(verbose_name="申请延到")),
                ("reason", models.TextField(verbose_name="延期理由")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("granted", models.BooleanField(null=True, verbose_name="是否同意")),
                ("new_due", models.DateField(null=True, verbose_name="新的期限")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("decision", models.TextField(blank=True, verbose_name="审批意见")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审批人",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="extensions",
                        to="supervision.letteritem",
                        verbose_name="督办事项",
                    ),
                ),
            ],
            options={
                "verbose_name": "延期申请",
                "verbose_name_plural": "延期申请",
                "ordering": ["item", "asked_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="LetterStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "立项"),
                            ("issued", "交办"),
                            ("closed", "销号"),
                            ("archived", "归档"),
                            ("revoked", "撤回"),
                        ],
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作人",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="supervision.letter",
                        verbose_name="督查督办函",
                    ),
                ),
            ],
            options={
                "verbose_name": "督办步骤",
                "verbose_name_plural": "督办步骤",
                "ordering": ["letter", "at", "id"],
            },
        ),
        migrations.CreateModel(
            name="ProposedMinus",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("points", common.fields.PointsField(verbose_name="建议减分")),
                ("reason", models.CharField(max_length=300, verbose_name="依据")),
                ("proposed_at", models.DateTimeField(verbose_name="提出时间")),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "待决定"), ("adopted", "已提请减分"), ("declined", "不减分")],
                        default="proposed",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="决定时间")),
                ("decision", models.TextField(blank=True, verbose_name="决定理由")),
                (
                    "adjustment",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="scoring.adjustment",
                        verbose_name="加减分",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="决定人",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="责任人",
                    ),
                ),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="minus",
                        to="supervision.letteritem",
                        verbose_name="督办事项",
                    ),
                ),
            ],
            options={
                "verbose_name": "减分建议",
                "verbose_name_plural": "减分建议",
                "ordering": ["-proposed_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ReportFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stored", models.CharField(max_length=120, unique=True, verbose_name="存放位置")),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("size", models.PositiveIntegerField(verbose_name="字节数")),
                ("content_type", models.CharField(max_length=100, verbose_name="类型")),
                ("sha256", models.CharField(max_length=64, verbose_name="校验和")),
                ("at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="supervision.itemreport",
                        verbose_name="督办反馈",
                    ),
                ),
            ],
            options={
                "verbose_name": "督办材料",
                "verbose_name_plural": "督办材料",
                "ordering": ["report", "at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Warned",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(max_length=7, verbose_name="期间")),
                ("due", models.DateField(verbose_name="节点")),
                ("liaison_due", models.DateField(help_text="节点前三个工作日。", verbose_name="联络员签字期限")),
                ("standard", models.TextField(verbose_name="质量标准")),
                ("requirement", models.TextField(verbose_name="工作要求")),
                ("holders", models.JSONField(help_text="工号和姓名；全员考点为空。", verbose_name="承担人")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "进行中"), ("done", "已完成"), ("overdue", "逾期"), ("dropped", "不再考核")],
                        default="open",
                        max_length=8,
                        verbose_name="结果",
                    ),
                ),
                ("missing", models.PositiveIntegerField(null=True, verbose_name="未完成人数")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="结果时间")),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.assessmentpoint",
                        verbose_name="考点",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.pointversion",
                        verbose_name="考点版本",
                    ),
                ),
            ],
            options={
                "verbose_name": "预警考点",
                "verbose_name_plural": "预警考点",
                "ordering": ["sheet", "due", "point__code", "id"],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "side",
                    models.CharField(
                        choices=[("head", "部门负责人"), ("liaison", "联络员")], max_length=8, verbose_name="所缺签字"
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("liaison", "联络员"),
                            ("head", "部门负责人"),
                            ("deputy", "分管局领导"),
                            ("office", "绩效办"),
                        ],
                        max_length=8,
                        verbose_name="上报到",
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="escalations",
                        to="supervision.warned",
                        verbose_name="预警考点",
                    ),
                ),
            ],
            options={
                "verbose_name": "逐级提醒",
                "verbose_name_plural": "逐级提醒",
                "ordering": ["line", "on", "id"],
            },
        ),
        migrations.CreateModel(
            name="WarningSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.CharField(help_text="如 2023-05", max_length=7, verbose_name="月份")),
                ("made_at", models.DateTimeField(verbose_name="生成时间")),
                ("knows_calendar", models.BooleanField(default=True, verbose_name="按国务院日历")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="warning_sheets",
                        to="organization.department",
                        verbose_name="部门",
                    ),
                ),
            ],
            options={
                "verbose_name": "预警提醒表",
                "verbose_name_plural": "预警提醒表",
                "ordering": ["-month", "department__code"],
            },
        ),
        migrations.AddField(
            model_name="warned",
            name="sheet",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="supervision.warningsheet",
                verbose_name="预警提醒表",
            ),
        ),
        migrations.CreateModel(
            name="WarningSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "side",
                    models.CharField(
                        choices=[("head", "部门负责人"), ("liaison", "联络员")], max_length=8, verbose_name="签字方"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="签字时间")),
                ("late", models.BooleanField(default=False, verbose_name="逾期签字")),
                ("text", models.TextField(verbose_name="签字时所见")),
                ("digest", models.CharField(max_length=64, verbose_name="校验和")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签字人",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="supervision.warned",
                        verbose_name="预警考点",
                    ),
                ),
            ],
            options={
                "verbose_name": "预警签字",
                "verbose_name_plural": "预警签字",
                "ordering": ["line", "at", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("serial__isnull", False)),
                fields=("bureau", "year", "serial"),
                name="letter_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    models.Q(models.Q(("number", ""), _negated=True), ("issued_on__isnull", False)),
                    _connector="OR",
                ),
                name="letter_issued_with_number",
            ),
        ),
        migrations.AddIndex(
            model_name="letteritem",
            index=models.Index(fields=["state", "due_on"], name="letter_item_open_due"),
        ),
        migrations.AddConstraint(
            model_name="letteritem",
            constraint=models.UniqueConstraint(fields=("letter", "position"), name="letter_item_position_once"),
        ),
        migrations.AddConstraint(
            model_name="itemreport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted__isnull", True)), fields=("item",), name="item_report_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="itemreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted", False), _negated=True),
                    models.Q(("remark", ""), _negated=True),
                    _connector="OR",
                ),
                name="item_returned_with_remark",
            ),
        ),
        migrations.AddConstraint(
            model_name="itemextension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("granted__isnull", True)), fields=("item",), name="item_extension_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="itemextension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("granted", True), _negated=True), ("new_due__isnull", False), _connector="OR"
                ),
                name="item_extension_granted_to_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(fields=("line", "side", "level"), name="escalated_once_a_level"),
        ),
        migrations.AddConstraint(
            model_name="warningsheet",
            constraint=models.UniqueConstraint(fields=("department", "month"), name="warning_sheet_once_a_month"),
        ),
        migrations.AddIndex(
            model_name="warned",
            index=models.Index(fields=["outcome", "due"], name="warned_open_due"),
        ),
        migrations.AddConstraint(
            model_name="warned",
            constraint=models.UniqueConstraint(fields=("sheet", "point", "period"), name="warned_once_on_a_sheet"),
        ),
        migrations.AddConstraint(
            model_name="warned",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome", "open"), ("settled_at__isnull", False), _connector="OR"),
                name="warned_settled_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="warningsignature",
            constraint=models.UniqueConstraint(fields=("line", "side"), name="warning_signed_once_a_side"),
        ),
    ]
