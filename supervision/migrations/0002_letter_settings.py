from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.fields


class Migration(migrations.Migration):
    dependencies = [
        ("organization", "0002_fill_calendar"),
        ("supervision", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LetterSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number_word",
                    models.CharField(
                        default="税督",
                        help_text="写在文号的年份前面，如“溪税督〔2023〕3号”里的“溪税督”。",
                        max_length=20,
                        verbose_name="发文代字",
                    ),
                ),
                (
                    "on_site_days",
                    models.PositiveSmallIntegerField(
                        default=20,
                        help_text="工作日，自交办次日起；起草时按它预填，交办前可以改。",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(250),
                        ],
                        verbose_name="实地督查的办结时限",
                    ),
                ),
                (
                    "written_days",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="工作日。",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(250),
                        ],
                        verbose_name="书面督查的办结时限",
                    ),
                ),
                (
                    "desk_days",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="工作日。",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(250),
                        ],
                        verbose_name="案头督查的办结时限",
                    ),
                ),
                (
                    "minus_points",
                    common.fields.PointsField(
                        default=Decimal("0.50"),
                        help_text="每件逾期事项一次；只是建议，由绩效办决定是否提请。",
                        validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                        verbose_name="逾期建议减分",
                    ),
                ),
                (
                    "minus_text",
                    models.CharField(
                        default="督办事项逾期未办结",
                        help_text="后面写明事项和文号。",
                        max_length=100,
                        verbose_name="减分事由",
                    ),
                ),
            ],
            options={
                "verbose_name": "督办的约定",
                "verbose_name_plural": "督办的约定",
            },
        ),
        migrations.RemoveConstraint(
            model_name="itemreport",
            name="item_report_one_open",
        ),
        migrations.AddField(
            model_name="itemreport",
            name="contribution",
            field=models.BooleanField(default=False, verbose_name="协办情况"),
        ),
        migrations.AddConstraint(
            model_name="itemreport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted__isnull", True), ("contribution", False)),
                fields=("item",),
                name="item_report_one_unchecked",
            ),
        ),
        migrations.AddConstraint(
            model_name="itemreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("contribution", False), ("accepted__isnull", True), _connector="OR"),
                name="item_contribution_is_not_checked",
            ),
        ),
        migrations.AddField(
            model_name="lettersettings",
            name="bureau",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="letter_settings",
                to="organization.bureau",
                verbose_name="单位",
            ),
        ),
    ]
