from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="statement",
            name="pending",
            field=models.JSONField(
                help_text="提交以后又改而没有再提交的内容；别人看到的仍是已提交的。",
                null=True,
                verbose_name="提交后修改的草稿",
            ),
        ),
    ]
