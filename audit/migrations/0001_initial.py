import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ChainHead",
            fields=[
                ("bureau_code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("length", models.PositiveBigIntegerField(default=0)),
                ("hash", models.CharField(blank=True, max_length=64)),
                ("signature", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("bureau_code", models.CharField(blank=True, max_length=32, verbose_name="单位代码")),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="操作人编号")),
                (
                    "actor",
                    models.CharField(
                        help_text="姓名和工号；系统自己做的记作“系统”。", max_length=100, verbose_name="操作人"
                    ),
                ),
                ("action", models.CharField(max_length=64, verbose_name="动作")),
                ("target_type", models.CharField(blank=True, max_length=64, verbose_name="对象类型")),
                ("target_id", models.CharField(blank=True, max_length=64, verbose_name="对象编号")),
                ("target", models.CharField(blank=True, max_length=200, verbose_name="对象")),
                (
                    "before",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder, null=True, verbose_name="之前"
                    ),
                ),
                (
                    "after",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder, null=True, verbose_name="之后"
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("request_id", models.CharField(blank=True, max_length=64, verbose_name="请求号")),
                ("nonce", models.CharField(editable=False, max_length=32, unique=True)),
                ("signature", models.CharField(editable=False, max_length=64)),
            ],
            options={
                "verbose_name": "审计记录",
                "verbose_name_plural": "审计记录",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["bureau_code", "-id"], name="entry_bureau_newest"),
                    models.Index(fields=["target_type", "target_id"], name="entry_target"),
                    models.Index(fields=["at"], name="entry_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bureau_code", models.CharField(blank=True, max_length=32)),
                ("position", models.PositiveBigIntegerField()),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["bureau_code", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("bureau_code", "position"), name="seal_once_at_a_position")
                ],
            },
        ),
    ]
