import datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0002_letter_settings"),
    ]

    operations = [
        migrations.AddField(
            model_name="warned",
            name="head_due",
            field=models.DateField(
                default=datetime.date(2000, 1, 1),
                help_text="列入后三个工作日，不晚于联络员签字期限。",
                verbose_name="负责人签字期限",
            ),
            preserve_default=False,
        ),
    ]
