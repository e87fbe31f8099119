import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organization", "0002_fill_calendar"),
        ("perfmgmt", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="jobrun",
            name="arguments",
            field=models.JSONField(
                default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="参数"
            ),
        ),
        migrations.AddField(
            model_name="jobrun",
            name="bureau",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="organization.bureau",
                verbose_name="单位",
            ),
        ),
        migrations.AddField(
            model_name="jobrun",
            name="done",
            field=models.PositiveIntegerField(default=0, verbose_name="已处理"),
        ),
        migrations.AddField(
            model_name="jobrun",
            name="total",
            field=models.PositiveIntegerField(default=0, verbose_name="总数"),
        ),
    ]
