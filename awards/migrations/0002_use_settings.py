from decimal import Decimal

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import common.fields


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0001_initial"),
        ("organization", "0002_fill_calendar"),
    ]

    operations = [
        migrations.AddField(
            model_name="uselist",
            name="basis",
            field=models.JSONField(
                default=dict,
                encoder=django.core.serializers.json.DjangoJSONEncoder,
                help_text="计分轮次、参加排名的人数、拟定时的比例和分数线。",
                verbose_name="依据",
            ),
        ),
        migrations.CreateModel(
            name="UseSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "good_percent",
                    models.PositiveSmallIntegerField(
                        default=40,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="季度“好”的比例（%）",
                    ),
                ),
                (
                    "fair_percent",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="只作建议。",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="建议“一般”的末位比例（%）",
                    ),
                ),
                (
                    "poor_below",
                    common.fields.PointsField(
                        default=Decimal("60.00"),
                        help_text="总分低于它的建议“较差”，年度得分低于它的建议“基本称职”。",
                        verbose_name="建议“较差”的分数线",
                    ),
                ),
                (
                    "excellent_percent",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="年度“优秀”的比例（%）",
                    ),
                ),
                (
                    "excellent_most_percent",
                    models.PositiveSmallIntegerField(
                        default=25,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="经批准“优秀”的最高比例（%）",
                    ),
                ),
                (
                    "preferred_percent",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="晋升优先的比例（%）",
                    ),
                ),
                (
                    "held_back_percent",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="晋升暂缓的末位比例（%）",
                    ),
                ),
                (
                    "training_people",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="培训需求的最少失分人数",
                    ),
                ),
                (
                    "training_share",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="培训需求的失分面（%）",
                    ),
                ),
                (
                    "improvement_share",
                    models.PositiveSmallIntegerField(
                        default=50,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="改进事项的失分面（%）",
                    ),
                ),
                (
                    "last_departments",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="末位部门数",
                    ),
                ),
                (
                    "bureau",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="use_settings",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "结果运用的约定",
                "verbose_name_plural": "结果运用的约定",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("excellent_most_percent__gte", models.F("excellent_percent"))),
                        name="use_settings_approval_widens",
                    )
                ],
            },
        ),
    ]
