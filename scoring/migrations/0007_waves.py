import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0003_roster_reason"),
        ("organization", "0002_fill_calendar"),
        ("scoring", "0006_refuse_roundabout_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Wave",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("all", "全部单位正式计分"), ("night", "每晚预计得分")],
                        max_length=8,
                        verbose_name="类型",
                    ),
                ),
                (
                    "quarter_code",
                    models.CharField(
                        blank=True, help_text="空为各单位未发布的季度。", max_length=6, verbose_name="季度"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="开始时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
            ],
            options={
                "verbose_name": "成批计分",
                "verbose_name_plural": "成批计分",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("kind", "quarter_code"),
                        name="wave_one_under_way",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WaveUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("today", models.DateField(null=True, verbose_name="截至日期")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待计分"), ("done", "已计分"), ("failed", "没有计分")],
                        default="open",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("sentence", models.TextField(blank=True, verbose_name="原因")),
                ("scored", models.PositiveIntegerField(default=0, verbose_name="计分人数")),
                ("ranked", models.PositiveIntegerField(default=0, verbose_name="单位排名人数")),
                ("missing", models.PositiveIntegerField(default=0, verbose_name="漏项数")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="次数")),
                ("taken_at", models.DateTimeField(null=True, verbose_name="开始时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
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
                        related_name="+",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="units",
                        to="scoring.wave",
                        verbose_name="成批计分",
                    ),
                ),
            ],
            options={
                "verbose_name": "成批计分的单位",
                "verbose_name_plural": "成批计分的单位",
                "ordering": ["wave", "id"],
                "indexes": [models.Index(fields=["wave", "state", "tries"], name="wave_unit_open")],
                "constraints": [models.UniqueConstraint(fields=("wave", "quarter"), name="wave_unit_once")],
            },
        ),
    ]
