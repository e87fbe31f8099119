import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organization", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AssessmentPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("code", models.CharField(max_length=32, verbose_name="考点编号")),
                (
                    "library",
                    models.CharField(
                        choices=[("common", "共性"), ("individual", "个性"), ("competitive", "竞争性")],
                        max_length=16,
                        verbose_name="指标库",
                    ),
                ),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="points",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "考点",
                "verbose_name_plural": "考点",
                "ordering": ["bureau", "year", "code"],
            },
        ),
        migrations.CreateModel(
            name="KeyWork",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("code", models.CharField(max_length=32, verbose_name="编号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("party", "党务"), ("administration", "政务"), ("business", "业务")],
                        max_length=16,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="名称")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="key_works",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="key_works",
                        to="organization.department",
                        verbose_name="责任部门",
                    ),
                ),
            ],
            options={
                "verbose_name": "重点工作",
                "verbose_name_plural": "重点工作",
                "ordering": ["bureau", "year", "code"],
            },
        ),
        migrations.CreateModel(
            name="PointVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(default=1, verbose_name="版本")),
                ("from_quarter", models.CharField(max_length=6, verbose_name="起始季度")),
                (
                    "withdrawn",
                    models.BooleanField(
                        default=False, help_text="从起始季度起不再考核；此前季度照旧按原版本计分。", verbose_name="停用"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="名称")),
                (
                    "nature",
                    models.CharField(
                        choices=[("quantitative", "定量"), ("qualitative", "定性")],
                        max_length=16,
                        verbose_name="考核类型",
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("deduct", "扣分"),
                            ("ratio", "比例"),
                            ("tier", "分档"),
                            ("count", "计件"),
                            ("done", "完成"),
                        ],
                        max_length=16,
                        verbose_name="计分方式",
                    ),
                ),
                ("full", common.fields.PointsField(verbose_name="分值")),
                ("parameters", models.CharField(max_length=500, verbose_name="计分参数")),
                ("standard", models.TextField(verbose_name="质量标准")),
                (
                    "cycle",
                    models.CharField(
                        choices=[("month", "月"), ("quarter", "季"), ("half_year", "半年"), ("year", "年")],
                        max_length=16,
                        verbose_name="考核周期",
                    ),
                ),
                ("deadline", models.CharField(max_length=32, verbose_name="完成时限")),
                (
                    "source",
                    models.CharField(
                        choices=[("machine", "机考"), ("manual", "人工")], max_length=16, verbose_name="数据来源"
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="修订理由")),
                ("requested_by", models.CharField(blank=True, max_length=100, verbose_name="提出人")),
                ("approved_by", models.CharField(blank=True, max_length=100, verbose_name="审定人")),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "assessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.department",
                        verbose_name="考评部门",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        help_text="空为全员。",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.department",
                        verbose_name="责任部门",
                    ),
                ),
                (
                    "key_work",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="point_versions",
                        to="indicators.keywork",
                        verbose_name="重点工作",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="indicators.assessmentpoint",
                        verbose_name="考点",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.post",
                        verbose_name="责任岗位",
                    ),
                ),
            ],
            options={
                "verbose_name": "考点版本",
                "verbose_name_plural": "考点版本",
                "ordering": ["point", "number"],
            },
        ),
        migrations.CreateModel(
            name="Quarter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=6, verbose_name="季度")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "未开始"),
                            ("collecting", "采集"),
                            ("reviewing", "审核"),
                            ("publicity", "公示"),
                            ("published", "已发布"),
                        ],
                        default="open",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quarters",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "季度",
                "verbose_name_plural": "季度",
                "ordering": ["bureau", "-code"],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("taken_on", models.DateField(blank=True, null=True, verbose_name="领取日期")),
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
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="indicators.assessmentpoint",
                        verbose_name="考点",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
            ],
            options={
                "verbose_name": "领取",
                "verbose_name_plural": "领取",
                "ordering": ["quarter", "employee", "point"],
            },
        ),
        migrations.CreateModel(
            name="QuarterStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "未开始"),
                            ("collecting", "采集"),
                            ("reviewing", "审核"),
                            ("publicity", "公示"),
                            ("published", "已发布"),
                        ],
                        max_length=16,
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
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
            ],
            options={
                "verbose_name": "季度步骤",
                "verbose_name_plural": "季度步骤",
                "ordering": ["quarter", "at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "period",
                    models.CharField(
                        help_text="按月的考点如 2023-01，其余如 2023Q1。", max_length=7, verbose_name="期间"
                    ),
                ),
                ("target", common.fields.ExactDecimalField(blank=True, null=True, verbose_name="目标值")),
                ("value", common.fields.ExactDecimalField(blank=True, null=True, verbose_name="完成值")),
                ("tier", models.CharField(blank=True, max_length=32, verbose_name="档次")),
                ("exempt", models.BooleanField(default=False, verbose_name="不适用")),
                ("note", models.TextField(blank=True, verbose_name="说明")),
                ("points", common.fields.PointsField(blank=True, null=True, verbose_name="得分")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reported", "待初审"),
                            ("reviewed", "待确认"),
                            ("confirmed", "已确认"),
                            ("returned", "已退回"),
                        ],
                        default="reported",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("machine", "机考"), ("manual", "人工")],
                        default="manual",
                        max_length=16,
                        verbose_name="数据来源",
                    ),
                ),
                ("late", models.BooleanField(default=False, verbose_name="迟报")),
                ("entered_at", models.DateTimeField(null=True, verbose_name="填报时间")),
                ("reviewed_at", models.DateTimeField(null=True, verbose_name="初审时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                ("return_reason", models.TextField(blank=True, verbose_name="退回理由")),
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
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="确认人",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="填报人",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="indicators.assessmentpoint",
                        verbose_name="考点",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="初审人",
                    ),
                ),
            ],
            options={
                "verbose_name": "考评结果",
                "verbose_name_plural": "考评结果",
                "ordering": ["quarter", "employee", "point", "period"],
            },
        ),
        migrations.CreateModel(
            name="SchemeSetting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_quarter", models.CharField(max_length=6, verbose_name="起始季度")),
                ("key", models.CharField(max_length=32, verbose_name="项目")),
                ("value", models.CharField(max_length=200, verbose_name="值")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scheme_settings",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "方案",
                "verbose_name_plural": "方案",
                "ordering": ["bureau", "key", "from_quarter"],
            },
        ),
        migrations.AddConstraint(
            model_name="assessmentpoint",
            constraint=models.UniqueConstraint(fields=("bureau", "year", "code"), name="point_once_a_year"),
        ),
        migrations.AddConstraint(
            model_name="keywork",
            constraint=models.UniqueConstraint(fields=("bureau", "year", "code"), name="key_work_once_a_year"),
        ),
        migrations.AddConstraint(
            model_name="pointversion",
            constraint=models.UniqueConstraint(fields=("point", "number"), name="point_version_number_once"),
        ),
        migrations.AddConstraint(
            model_name="pointversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("full__gt", 0)), name="point_version_full_above_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="quarter",
            constraint=models.UniqueConstraint(fields=("bureau", "code"), name="quarter_once_in_bureau"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(fields=("quarter", "employee", "point"), name="item_once_a_quarter"),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.UniqueConstraint(fields=("employee", "point", "period"), name="result_once_a_node"),
        ),
        migrations.AddConstraint(
            model_name="schemesetting",
            constraint=models.UniqueConstraint(
                fields=("bureau", "from_quarter", "key"), name="scheme_key_once_a_quarter"
            ),
        ),
    ]
