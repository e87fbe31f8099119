"""The life of tasks and claims: drafting, progress, files, extensions, objections, acceptance."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0002_versions_may_share_a_quarter"),
        ("organization", "0004_demo_calendar"),
        ("tasks_market", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClaimEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("claimed", "抢单"),
                            ("assigned", "派单"),
                            ("withdrawn", "退单"),
                            ("started", "开工"),
                            ("handed_in", "交付"),
                            ("returned", "退回"),
                            ("accepted", "验收通过"),
                            ("refused", "未通过"),
                            ("objected", "提出异议"),
                            ("upheld", "异议成立"),
                            ("rejected", "异议不成立"),
                            ("extension_asked", "申请延期"),
                            ("extended", "同意延期"),
                            ("not_extended", "不同意延期"),
                            ("lead", "转为主办"),
                            ("cancelled", "随任务撤销"),
                        ],
                        max_length=16,
                        verbose_name="事项",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("note", models.TextField(blank=True, verbose_name="说明")),
            ],
            options={
                "verbose_name": "抢派单经过",
                "verbose_name_plural": "抢派单经过",
                "ordering": ["task", "at", "id"],
            },
        ),
        migrations.CreateModel(
            name="ClaimFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stored", models.CharField(max_length=120, unique=True, verbose_name="存放位置")),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("size", models.PositiveIntegerField(verbose_name="字节数")),
                ("content_type", models.CharField(max_length=100, verbose_name="类型")),
                ("sha256", models.CharField(max_length=64, verbose_name="校验和")),
                ("at", models.DateTimeField(verbose_name="上传时间")),
            ],
            options={
                "verbose_name": "交付文件",
                "verbose_name_plural": "交付文件",
                "ordering": ["claim", "at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("asked_until", models.DateTimeField(verbose_name="申请延至")),
                ("reason", models.TextField(verbose_name="延期理由")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("granted", "同意"), ("denied", "不同意")],
                        max_length=16,
                        verbose_name="决定",
                    ),
                ),
                ("granted_until", models.DateTimeField(blank=True, null=True, verbose_name="同意延至")),
                ("answer", models.TextField(blank=True, verbose_name="答复")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="决定时间")),
            ],
            options={
                "verbose_name": "延期",
                "verbose_name_plural": "延期",
                "ordering": ["claim", "asked_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="ProgressNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("text", models.TextField(verbose_name="进展")),
            ],
            options={
                "verbose_name": "进展",
                "verbose_name_plural": "进展",
                "ordering": ["claim", "at", "id"],
            },
        ),
        migrations.AddField(
            model_name="claim",
            name="accepted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="验收时间"),
        ),
        migrations.AddField(
            model_name="claim",
            name="accepted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="验收人",
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="assigned_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="派单人",
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="comment",
            field=models.TextField(blank=True, verbose_name="验收意见"),
        ),
        migrations.AddField(
            model_name="claim",
            name="due_at",
            field=models.DateTimeField(blank=True, help_text="空为任务的完成时限。", null=True, verbose_name="延期至"),
        ),
        migrations.AddField(
            model_name="claim",
            name="handed_in_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="交付时间"),
        ),
        migrations.AddField(
            model_name="claim",
            name="late",
            field=models.BooleanField(default=False, verbose_name="逾期交付"),
        ),
        migrations.AddField(
            model_name="claim",
            name="objected_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="异议时间"),
        ),
        migrations.AddField(
            model_name="claim",
            name="objection",
            field=models.TextField(blank=True, verbose_name="异议理由"),
        ),
        migrations.AddField(
            model_name="claim",
            name="objection_answer",
            field=models.TextField(blank=True, verbose_name="异议答复"),
        ),
        migrations.AddField(
            model_name="claim",
            name="objection_decided_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="异议答复时间"),
        ),
        migrations.AddField(
            model_name="claim",
            name="report",
            field=models.TextField(blank=True, verbose_name="完成情况"),
        ),
        migrations.AddField(
            model_name="claim",
            name="return_reason",
            field=models.TextField(blank=True, verbose_name="退回理由"),
        ),
        migrations.AddField(
            model_name="claim",
            name="started_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="开工时间"),
        ),
        migrations.AddField(
            model_name="claim",
            name="state",
            field=models.CharField(
                choices=[
                    ("held", "待开工"),
                    ("started", "办理中"),
                    ("handed_in", "待验收"),
                    ("accepted", "验收通过"),
                    ("refused", "未通过"),
                    ("cancelled", "随任务撤销"),
                ],
                default="held",
                max_length=16,
                verbose_name="状态",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="announced",
            field=models.BooleanField(default=False, editable=False, verbose_name="已公布"),
        ),
        migrations.AddField(
            model_name="task",
            name="cancel_reason",
            field=models.TextField(blank=True, verbose_name="撤销理由"),
        ),
        migrations.AddField(
            model_name="task",
            name="deliverable",
            field=models.TextField(blank=True, verbose_name="交付成果"),
        ),
        migrations.AddField(
            model_name="task",
            name="drafted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="拟稿时间"),
        ),
        migrations.AddField(
            model_name="task",
            name="drafted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="拟稿人",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="open_to",
            field=models.ManyToManyField(
                blank=True,
                help_text="空为全单位都可以抢。",
                related_name="+",
                to="organization.department",
                verbose_name="限定部门",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="places_taken",
            field=models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="已占名额"),
        ),
        migrations.AddField(
            model_name="task",
            name="post",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tasks",
                to="organization.post",
                verbose_name="责任岗位",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="posted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="亮单人",
            ),
        ),
        migrations.AlterField(
            model_name="task",
            name="posted_at",
            field=models.DateTimeField(
                blank=True, help_text="晚于现在的，到时自动亮单，此前不能抢。", null=True, verbose_name="亮单时间"
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["employee", "state"], name="claim_of_person"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["state", "claim_until"], name="task_window"),
        ),
        migrations.AddField(
            model_name="claimevent",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="操作人",
            ),
        ),
        migrations.AddField(
            model_name="claimevent",
            name="claim",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="events",
                to="tasks_market.claim",
                verbose_name="抢派单",
            ),
        ),
        migrations.AddField(
            model_name="claimevent",
            name="employee",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="干部",
            ),
        ),
        migrations.AddField(
            model_name="claimevent",
            name="task",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="tasks_market.task",
                verbose_name="任务",
            ),
        ),
        migrations.AddField(
            model_name="claimfile",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="上传人",
            ),
        ),
        migrations.AddField(
            model_name="claimfile",
            name="claim",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="files",
                to="tasks_market.claim",
                verbose_name="抢派单",
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="claim",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="extensions",
                to="tasks_market.claim",
                verbose_name="抢派单",
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="决定人",
            ),
        ),
        migrations.AddField(
            model_name="progressnote",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="填写人",
            ),
        ),
        migrations.AddField(
            model_name="progressnote",
            name="claim",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notes",
                to="tasks_market.claim",
                verbose_name="抢派单",
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decision", "")), fields=("claim",), name="extension_one_undecided"
            ),
        ),
    ]
