from django.db import migrations

# INSERT … ON CONFLICT locks the row before it changes it. Where each change has a savepoint of its own, as the rows of an
# import do, PostgreSQL reads a growing list of those locks each time: ten thousand scores cost it 34 seconds instead of 9.
CHANGED = """
CREATE OR REPLACE FUNCTION cities_directory_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {before}
    INSERT INTO cities_directory_version VALUES (pg_backend_pid() % 1024, nextval('cities_directory_change'))
    ON CONFLICT (slot) DO UPDATE SET change = excluded.change;
    RETURN NULL;
END $$;
"""
UPDATE = """
    UPDATE cities_directory_version SET change = nextval('cities_directory_change')
    WHERE slot = pg_backend_pid() % 1024;
    IF FOUND THEN RETURN NULL; END IF;
"""


class Migration(migrations.Migration):
    """The number of the directory's version is changed where it stands; only the first change of a connection adds it."""

    dependencies = [("cities", "0012_made_up_results")]

    operations = [migrations.RunSQL(CHANGED.format(before=UPDATE), CHANGED.format(before=""))]
