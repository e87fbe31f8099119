from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organization", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="calendaryear",
            name="revision",
            field=models.PositiveIntegerField(
                default=1, editable=False, help_text="每次修改加一，各进程据此重新读取。"
            ),
        ),
    ]
