import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organization", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "排队"),
                            ("running", "进行中"),
                            ("needs_confirmation", "待确认"),
                            ("done", "完成"),
                            ("refused", "有问题"),
                            ("failed", "失败"),
                            ("discarded", "已放弃"),
                        ],
                        default="queued",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("sentence", models.TextField(blank=True, verbose_name="结果")),
                ("file_name", models.CharField(max_length=200, verbose_name="文件")),
                (
                    "stored",
                    models.CharField(
                        blank=True,
                        help_text="在 MEDIA_ROOT 之下；空为已清理。",
                        max_length=200,
                        verbose_name="存放位置",
                    ),
                ),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="大小")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                (
                    "sheets",
                    models.JSONField(
                        default=list, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="各表"
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="发起时间")),
                ("queued_at", models.DateTimeField(verbose_name="排队时间")),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始时间")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                (
                    "step",
                    models.CharField(
                        choices=[("check", "检查"), ("apply", "导入")],
                        default="check",
                        max_length=8,
                        verbose_name="步骤",
                    ),
                ),
                ("problem_count", models.PositiveIntegerField(default=0, verbose_name="问题数")),
                ("remark_count", models.PositiveIntegerField(default=0, verbose_name="提示数")),
                ("marked", models.CharField(blank=True, max_length=200, verbose_name="标注文件")),
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
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作人",
                    ),
                ),
            ],
            options={
                "verbose_name": "导入",
                "verbose_name_plural": "导入",
                "ordering": ["-id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ImportFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_remark", models.BooleanField(default=False, verbose_name="提示")),
                ("sheet", models.CharField(max_length=100, verbose_name="表")),
                ("row", models.PositiveIntegerField(verbose_name="行")),
                ("column", models.CharField(max_length=200, verbose_name="列")),
                ("message", models.TextField(verbose_name="问题")),
                ("hint", models.TextField(blank=True, verbose_name="怎样改正")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="findings",
                        to="exchange.importrun",
                        verbose_name="导入",
                    ),
                ),
            ],
            options={
                "verbose_name": "导入问题",
                "verbose_name_plural": "导入问题",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ExportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "排队"),
                            ("running", "进行中"),
                            ("needs_confirmation", "待确认"),
                            ("done", "完成"),
                            ("refused", "有问题"),
                            ("failed", "失败"),
                            ("discarded", "已放弃"),
                        ],
                        default="queued",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("sentence", models.TextField(blank=True, verbose_name="结果")),
                ("file_name", models.CharField(max_length=200, verbose_name="文件")),
                (
                    "stored",
                    models.CharField(
                        blank=True,
                        help_text="在 MEDIA_ROOT 之下；空为已清理。",
                        max_length=200,
                        verbose_name="存放位置",
                    ),
                ),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="大小")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                (
                    "sheets",
                    models.JSONField(
                        default=list, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="各表"
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="发起时间")),
                ("queued_at", models.DateTimeField(verbose_name="排队时间")),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始时间")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="结束时间")),
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
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作人",
                    ),
                ),
            ],
            options={
                "verbose_name": "导出",
                "verbose_name_plural": "导出",
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [models.Index(fields=["bureau", "-id"], name="export_bureau_newest")],
            },
        ),
        migrations.AddIndex(
            model_name="importrun",
            index=models.Index(fields=["bureau", "-id"], name="import_bureau_newest"),
        ),
    ]
