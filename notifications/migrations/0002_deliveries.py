import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
        ("organization", "0002_fill_calendar"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GroupRobot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("wecom", "企业微信群机器人"), ("dingtalk", "钉钉群机器人")],
                        max_length=8,
                        verbose_name="类型",
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="名称")),
                ("url", models.URLField(max_length=500, verbose_name="Webhook 地址")),
                ("secret", models.CharField(blank=True, max_length=100, verbose_name="加签密钥")),
                ("enabled", models.BooleanField(default=True, verbose_name="启用")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="group_robots",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "群机器人",
                "verbose_name_plural": "群机器人",
                "ordering": ["bureau", "name"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[("mail", "电子邮件"), ("webhook", "群机器人")], max_length=8, verbose_name="渠道"
                    ),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="标题")),
                ("body", models.TextField(blank=True, verbose_name="内容")),
                ("occasion", models.CharField(max_length=200, unique=True, verbose_name="事由标识")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待发送"),
                            ("sending", "发送中"),
                            ("sent", "已发送"),
                            ("given_up", "不再重试"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="尝试次数")),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
                ("try_after", models.DateTimeField(verbose_name="下次发送时间")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="发送时间")),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="最近一次失败")),
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
                    "recipient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="收件人",
                    ),
                ),
                (
                    "robot",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="notifications.grouprobot",
                        verbose_name="群机器人",
                    ),
                ),
            ],
            options={
                "verbose_name": "待发消息",
                "verbose_name_plural": "待发消息",
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ContactPreference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="邮箱")),
                (
                    "mail",
                    models.CharField(
                        choices=[("none", "不发邮件"), ("each", "逐条发送"), ("digest", "每天早上汇总一封")],
                        default="none",
                        max_length=8,
                        verbose_name="邮件提醒",
                    ),
                ),
                (
                    "employee",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contact_preference",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
            ],
            options={
                "verbose_name": "通知偏好",
                "verbose_name_plural": "通知偏好",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("mail", "none"), models.Q(("email", ""), _negated=True), _connector="OR"),
                        name="mail_needs_an_address",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="grouprobot",
            constraint=models.UniqueConstraint(fields=("bureau", "name"), name="group_robot_name_once"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["state", "try_after"], name="delivery_due"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel", "mail"), ("recipient__isnull", False), ("robot__isnull", True)),
                    models.Q(("channel", "webhook"), ("recipient__isnull", True), ("robot__isnull", False)),
                    _connector="OR",
                ),
                name="delivery_to_one_place",
            ),
        ),
    ]
