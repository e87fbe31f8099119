from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_deliveries"),
        ("organization", "0002_fill_calendar"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="contactpreference",
            name="code_sent_at",
            field=models.DateTimeField(null=True, verbose_name="确认码发出时间"),
        ),
        migrations.AddField(
            model_name="contactpreference",
            name="confirmed_at",
            field=models.DateTimeField(null=True, verbose_name="邮箱确认时间"),
        ),
        migrations.AddField(
            model_name="contactpreference",
            name="digested_at",
            field=models.DateTimeField(null=True, verbose_name="最近一次汇总"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="address",
            field=models.EmailField(blank=True, max_length=254, verbose_name="邮箱"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="url",
            field=models.CharField(blank=True, max_length=300, verbose_name="链接"),
        ),
        migrations.AddField(
            model_name="notification",
            name="private",
            field=models.BooleanField(
                default=False, help_text="邮件里不出现这条消息的标题。", verbose_name="不写入邮件"
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "待发送"),
                    ("sending", "发送中"),
                    ("sent", "已发送"),
                    ("unknown", "结果不明"),
                    ("given_up", "不再重试"),
                    ("dropped", "不必再发"),
                ],
                default="waiting",
                max_length=8,
                verbose_name="状态",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["bureau", "-created_at"], name="delivery_latest"),
        ),
    ]
