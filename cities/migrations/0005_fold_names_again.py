from django.conf import settings
from django.db import migrations
from django.utils import translation
from django_countries import countries


def fold_again(apps, schema_editor):
    """The search finds names by more spellings: of Cyrillic and Greek in Latin letters, of ö as oe."""
    from cities.models.city import searchable

    City = apps.get_model("cities", "City")
    for city in City.objects.all():
        places = []
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                places.append(str(countries.name(str(city.country))))
        city.search = searchable(city.name, city.other_names, [*places, city.region])
        city.save(update_fields=["search"])


class Migration(migrations.Migration):
    dependencies = [("cities", "0004_languages_and_interests")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
