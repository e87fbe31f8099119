import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


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
            name="Bulletin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="文号")),
                ("overview", models.TextField(blank=True, verbose_name="总体情况")),
                ("problems", models.TextField(blank=True, verbose_name="存在问题")),
                ("suggestions", models.TextField(blank=True, verbose_name="工作建议")),
                ("direction", models.TextField(blank=True, verbose_name="下步方向")),
                (
                    "figures",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder, null=True, verbose_name="数据"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "起草"), ("review", "送审"), ("published", "已印发")],
                        default="draft",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, verbose_name="修改次数")),
                ("drafted_at", models.DateTimeField(verbose_name="起草时间")),
                ("reviewed_at", models.DateTimeField(null=True, verbose_name="送审时间")),
                ("returned", models.TextField(blank=True, verbose_name="退回意见")),
                ("published_at", models.DateTimeField(null=True, verbose_name="印发时间")),
                ("published_on", models.DateField(null=True, verbose_name="印发日期")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="校验和")),
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
                        verbose_name="起草人",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签发人",
                    ),
                ),
                (
                    "quarter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulletin",
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
                        verbose_name="送审人",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scoring.scorerun",
                        verbose_name="依据的计分轮次",
                    ),
                ),
            ],
            options={
                "verbose_name": "绩效通报",
                "verbose_name_plural": "绩效通报",
                "ordering": ["-quarter__code"],
            },
        ),
        migrations.CreateModel(
            name="BulletinReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="阅读时间")),
                (
                    "bulletin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="reports.bulletin",
                        verbose_name="绩效通报",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
            ],
            options={
                "verbose_name": "通报阅读记录",
                "verbose_name_plural": "通报阅读记录",
                "ordering": ["bulletin", "at", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="bulletin",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "published"), _negated=True),
                    models.Q(
                        ("figures__isnull", False),
                        ("published_at__isnull", False),
                        ("published_on__isnull", False),
                        models.Q(("overview", ""), ("number", ""), ("digest", ""), _connector="OR", _negated=True),
                    ),
                    _connector="OR",
                ),
                name="bulletin_published_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulletinreceipt",
            constraint=models.UniqueConstraint(fields=("bulletin", "employee"), name="bulletin_read_once_by"),
        ),
    ]
