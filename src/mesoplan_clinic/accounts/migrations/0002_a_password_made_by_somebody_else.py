"""Who has a password made by somebody else must choose their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds a column; nobody who works here now is asked."""

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="must_choose_password",
            field=models.BooleanField(default=False),
        ),
    ]
