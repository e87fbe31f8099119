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
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="任务编号")),
                ("name", models.CharField(max_length=200, verbose_name="名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[("urgent", "急"), ("difficult", "难"), ("dangerous", "险"), ("heavy", "重")],
                        max_length=16,
                        verbose_name="类型",
                    ),
                ),
                (
                    "difficulty",
                    models.CharField(
                        choices=[("high", "高"), ("medium", "中"), ("low", "低")], max_length=16, verbose_name="难度"
                    ),
                ),
                ("base", common.fields.PointsField(verbose_name="基础分")),
                ("places", models.PositiveSmallIntegerField(verbose_name="名额")),
                (
                    "sharing",
                    models.CharField(
                        choices=[("each", "各得"), ("split", "均分"), ("lead", "主协办")],
                        max_length=16,
                        verbose_name="计分",
                    ),
                ),
                ("posted_at", models.DateTimeField(blank=True, null=True, verbose_name="亮单时间")),
                ("claim_until", models.DateTimeField(blank=True, null=True, verbose_name="抢单截止")),
                ("due_at", models.DateTimeField(verbose_name="完成时限")),
                ("requirement", models.TextField(verbose_name="任务要求")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草拟"),
                            ("posted", "已亮单"),
                            ("closed", "已截止"),
                            ("cancelled", "已撤销"),
                        ],
                        default="draft",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="organization.department",
                        verbose_name="责任部门",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="indicators.assessmentpoint",
                        verbose_name="竞争性考点",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
            ],
            options={
                "verbose_name": "急难险重任务",
                "verbose_name_plural": "急难险重任务",
                "ordering": ["bureau", "quarter", "number"],
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "way",
                    models.CharField(
                        choices=[("claimed", "抢单"), ("assigned", "派单")], max_length=16, verbose_name="方式"
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        blank=True,
                        choices=[("lead", "主办"), ("assistant", "协办")],
                        max_length=16,
                        verbose_name="分工",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("accepted", "通过"), ("refused", "未通过")],
                        max_length=16,
                        verbose_name="验收结果",
                    ),
                ),
                (
                    "quality",
                    common.fields.PointsField(
                        blank=True, help_text="0 至 1.2，空按 1 计。", null=True, verbose_name="质量系数"
                    ),
                ),
                ("accepted_on", models.DateField(blank=True, null=True, verbose_name="验收日期")),
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
                        related_name="claims",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="tasks_market.task",
                        verbose_name="任务",
                    ),
                ),
            ],
            options={
                "verbose_name": "抢派单",
                "verbose_name_plural": "抢派单",
                "ordering": ["task", "at", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(condition=models.Q(("base__gt", 0)), name="task_base_above_zero"),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(condition=models.Q(("places__gte", 1)), name="task_has_a_place"),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.UniqueConstraint(fields=("task", "employee"), name="claim_once_a_person"),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.UniqueConstraint(
                condition=models.Q(("part", "lead")), fields=("task",), name="claim_one_lead"
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quality__isnull", True), models.Q(("quality__gte", 0), ("quality__lte", "1.2")), _connector="OR"
                ),
                name="claim_quality_range",
            ),
        ),
    ]
