from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0004_refuse_changes_to_published"),
    ]

    operations = [
        migrations.AddField(
            model_name="scoringjob",
            name="as_of",
            field=models.DateField(
                help_text="预计得分只计这一天之前到期的节点；空为全季正式计分。", null=True, verbose_name="截至日期"
            ),
        ),
    ]
