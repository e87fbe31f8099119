from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="JobRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=100, verbose_name="作业")),
                ("key", models.CharField(blank=True, max_length=200, verbose_name="对象")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "执行中"),
                            ("done", "已完成"),
                            ("failed", "失败"),
                            ("lost", "中断"),
                            ("skipped", "正在执行，未重复"),
                        ],
                        default="running",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="开始时间")),
                ("alive_at", models.DateTimeField(verbose_name="最近报到")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("rows", models.PositiveIntegerField(null=True, verbose_name="处理数")),
                ("error", models.TextField(blank=True, verbose_name="错误")),
                ("worker", models.CharField(blank=True, max_length=100, verbose_name="进程")),
            ],
            options={
                "verbose_name": "作业记录",
                "verbose_name_plural": "作业记录",
                "ordering": ["-started_at", "-id"],
                "indexes": [models.Index(fields=["task", "-started_at"], name="job_run_latest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")), fields=("task", "key"), name="job_run_one_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "running"), ("ended_at__isnull", False), _connector="OR"),
                        name="job_run_ended_at_a_time",
                    ),
                ],
            },
        ),
    ]
