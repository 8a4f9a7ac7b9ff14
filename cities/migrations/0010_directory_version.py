from django.db import migrations

TABLES = [
    "cities_city", "cities_city_interests", "cities_indexresult", "cities_indexscore", "cities_membershipstep",
    "cities_nationalnetwork", "cities_networkmembership", "cities_policyarea",
]  # fmt: skip

# Each connection writes its own row, so that two transactions never wait for each other here.
VERSION = """
CREATE SEQUENCE cities_directory_change;
CREATE TABLE cities_directory_version (slot integer PRIMARY KEY, change bigint NOT NULL);
CREATE FUNCTION cities_directory_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cities_directory_version VALUES (pg_backend_pid() % 1024, nextval('cities_directory_change'))
    ON CONFLICT (slot) DO UPDATE SET change = excluded.change;
    RETURN NULL;
END $$;
"""
TRIGGER = """
CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION cities_directory_changed();
"""
UNDO = """
DROP FUNCTION cities_directory_changed CASCADE;
DROP TABLE cities_directory_version;
DROP SEQUENCE cities_directory_change;
"""


class Migration(migrations.Migration):
    """What the directory shows has a number that grows with every change of it, whoever makes it (cities/catalogue.py)."""

    dependencies = [("cities", "0009_wording_of_consent")]

    operations = [migrations.RunSQL(VERSION + "".join(TRIGGER.format(table=table) for table in TABLES), UNDO)]
