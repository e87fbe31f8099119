from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="chainhead", name="signature", field=models.CharField(blank=True, max_length=64)
        ),
        migrations.AddIndex(model_name="entry", index=models.Index(fields=["at"], name="entry_at")),
    ]
