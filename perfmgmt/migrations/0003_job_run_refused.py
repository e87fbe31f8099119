from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("perfmgmt", "0002_job_run_arguments_and_progress"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="jobrun",
            name="done",
        ),
        migrations.RemoveField(
            model_name="jobrun",
            name="total",
        ),
        migrations.AlterField(
            model_name="jobrun",
            name="state",
            field=models.CharField(
                choices=[
                    ("running", "执行中"),
                    ("done", "已完成"),
                    ("refused", "未办成"),
                    ("failed", "失败"),
                    ("lost", "中断"),
                    ("skipped", "正在执行，未重复"),
                ],
                default="running",
                max_length=8,
                verbose_name="状态",
            ),
        ),
    ]
