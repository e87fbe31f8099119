from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0002_statement_pending")]

    operations = [
        migrations.AddField(
            model_name="meetingaction",
            name="reason",
            field=models.TextField(blank=True, verbose_name="办结意见"),
        ),
        migrations.AddField(
            model_name="meetingaction",
            name="reported_at",
            field=models.DateTimeField(null=True, verbose_name="报告办理结果的时间"),
        ),
    ]
