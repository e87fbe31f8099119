import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("indicators", "0001_initial"),
        ("organization", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ScoreRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(default=1, verbose_name="次")),
                (
                    "kind",
                    models.CharField(
                        choices=[("regular", "计分"), ("correction", "更正")],
                        default="regular",
                        max_length=16,
                        verbose_name="类型",
                    ),
                ),
                ("is_current", models.BooleanField(default=True, verbose_name="现行")),
                (
                    "scheme",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        help_text="计分时有效的方案全部取值。",
                        verbose_name="方案",
                    ),
                ),
                ("scored_at", models.DateTimeField(verbose_name="计分时间")),
                (
                    "as_of",
                    models.DateField(
                        help_text="预计得分只计这一天之前到期的节点；空为全季正式计分。",
                        null=True,
                        verbose_name="截至日期",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="更正理由")),
                ("scored", models.PositiveIntegerField(default=0, verbose_name="计分人数")),
                ("ranked", models.PositiveIntegerField(default=0, verbose_name="单位排名人数")),
                ("missing", models.PositiveIntegerField(default=0, verbose_name="漏项数")),
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
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
                (
                    "scored_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="计分人",
                    ),
                ),
            ],
            options={
                "verbose_name": "计分轮次",
                "verbose_name_plural": "计分轮次",
                "ordering": ["quarter", "number"],
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=32, verbose_name="工号")),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("common", common.fields.PointsField(verbose_name="共性得分")),
                ("individual", common.fields.PointsField(verbose_name="个性得分")),
                ("competitive", common.fields.PointsField(verbose_name="竞争性得分")),
                ("overflow", common.fields.PointsField(default=0, verbose_name="竞争性溢出")),
                ("adjustments", common.fields.PointsField(verbose_name="加减分")),
                ("linkage", common.fields.PointsField(verbose_name="组织联动")),
                ("total", common.fields.PointsField(verbose_name="总分")),
                ("missing", models.PositiveSmallIntegerField(default=0, verbose_name="漏项数")),
                ("has_individual", models.BooleanField(default=True, verbose_name="有个性任务")),
                ("ranked", models.BooleanField(verbose_name="参与排名")),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[("share", "在岗不足二分之一"), ("probation", "试用期"), ("investigation", "立案审查")],
                        max_length=16,
                        verbose_name="未排名原因",
                    ),
                ),
                ("bureau_rank", models.PositiveIntegerField(null=True, verbose_name="单位排名")),
                ("category_rank", models.PositiveIntegerField(null=True, verbose_name="序列排名")),
                ("in_pool", models.BooleanField(default=False, verbose_name="前30%")),
                (
                    "inputs",
                    models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="计分输入"),
                ),
                (
                    "digest",
                    models.CharField(
                        default="",
                        editable=False,
                        help_text="计分输入的 SHA-256，用来判断输入是否已变。",
                        max_length=64,
                    ),
                ),
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
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.rankcategory",
                        verbose_name="序列",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.department",
                        verbose_name="部门",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="scoring.scorerun",
                        verbose_name="计分轮次",
                    ),
                ),
            ],
            options={
                "verbose_name": "得分",
                "verbose_name_plural": "得分",
                "ordering": ["run", models.OrderBy(models.F("bureau_rank"), nulls_last=True), "number"],
            },
        ),
        migrations.CreateModel(
            name="ScoringJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "排队"), ("running", "进行中"), ("done", "完成"), ("failed", "失败")],
                        default="queued",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("sentence", models.TextField(blank=True, verbose_name="结果")),
                ("created_at", models.DateTimeField(verbose_name="发起时间")),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始时间")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scoring_jobs",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发起人",
                    ),
                ),
            ],
            options={
                "verbose_name": "计分作业",
                "verbose_name_plural": "计分作业",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="日期")),
                (
                    "kind",
                    models.CharField(choices=[("plus", "加分"), ("minus", "减分")], max_length=16, verbose_name="类型"),
                ),
                ("points", common.fields.PointsField(verbose_name="分值")),
                ("matter", models.CharField(max_length=200, verbose_name="事由")),
                ("basis", models.TextField(verbose_name="依据")),
                ("disciplinary", models.BooleanField(default=False, verbose_name="违纪")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "申请"),
                            ("reviewed", "初审"),
                            ("approved", "审定"),
                            ("counted", "计入"),
                            ("refused", "不予计入"),
                        ],
                        default="requested",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("entered_at", models.DateTimeField(verbose_name="登记时间")),
                ("counted_at", models.DateTimeField(null=True, verbose_name="计入时间")),
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
                    "counted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审定人",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjustments",
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
                        verbose_name="登记人",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjustments",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
            ],
            options={
                "verbose_name": "加减分",
                "verbose_name_plural": "加减分",
                "ordering": ["quarter", "day", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "employee", "kind", "matter"), name="adjustment_once_a_matter"
                    ),
                    models.CheckConstraint(condition=models.Q(("points__gt", 0)), name="adjustment_points_above_zero"),
                    models.CheckConstraint(
                        condition=models.Q(("disciplinary", False), ("kind", "minus"), _connector="OR"),
                        name="adjustment_disciplinary_is_minus",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DepartmentScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("score", common.fields.PointsField(verbose_name="得分")),
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
                        related_name="scores",
                        to="organization.department",
                        verbose_name="部门",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="department_scores",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
            ],
            options={
                "verbose_name": "部门得分",
                "verbose_name_plural": "部门得分",
                "ordering": ["quarter", "department"],
                "constraints": [
                    models.UniqueConstraint(fields=("quarter", "department"), name="department_score_once")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="scorerun",
            constraint=models.UniqueConstraint(fields=("quarter", "number"), name="run_number_once"),
        ),
        migrations.AddConstraint(
            model_name="scorerun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_current", True)), fields=("quarter",), name="run_one_current"
            ),
        ),
        migrations.AddIndex(
            model_name="score",
            index=models.Index(fields=["employee", "quarter"], name="score_employee_quarter"),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.UniqueConstraint(fields=("run", "employee"), name="score_once_in_a_run"),
        ),
        migrations.AddConstraint(
            model_name="scoringjob",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["queued", "running"])),
                fields=("quarter",),
                name="scoring_job_one_unfinished",
            ),
        ),
    ]
