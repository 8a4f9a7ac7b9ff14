"""The constraints name "city" and "network" where they named the columns, so that forms are checked too. The SQL is the same."""

import django.contrib.postgres.constraints
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cities", "0013_directory_version_in_place"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(
                    model_name="networkmembership",
                    name="in_network_once_at_a_time",
                ),
                migrations.RemoveConstraint(
                    model_name="term",
                    name="one_mayor_at_a_time",
                ),
                migrations.RemoveConstraint(
                    model_name="term",
                    name="one_coordinator_at_a_time",
                ),
                migrations.RemoveConstraint(
                    model_name="term",
                    name="one_network_coordinator_at_a_time",
                ),
                migrations.AddConstraint(
                    model_name="networkmembership",
                    constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                models.Func(
                                    models.F("city"), models.F("city"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (
                                models.Func(
                                    models.F("network"), models.F("network"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (models.Func(models.F("joined_on"), models.F("left_on"), function="daterange"), "&&"),
                        ],
                        name="in_network_once_at_a_time",
                        violation_error_message="The city is in this network already on some of these days.",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="term",
                    constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("office", "mayor")),
                        expressions=[
                            (
                                models.Func(
                                    models.F("city"), models.F("city"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (models.Func(models.F("started_on"), models.F("ended_on"), function="daterange"), "&&"),
                        ],
                        name="one_mayor_at_a_time",
                        violation_error_message="Another term of this office overlaps these dates. Look at the list of people and correct the dates.",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="term",
                    constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("office", "coordinator")),
                        expressions=[
                            (
                                models.Func(
                                    models.F("city"), models.F("city"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (models.Func(models.F("started_on"), models.F("ended_on"), function="daterange"), "&&"),
                        ],
                        name="one_coordinator_at_a_time",
                        violation_error_message="Another term of this office overlaps these dates. Look at the list of people and correct the dates.",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="term",
                    constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("office", "network_coordinator")),
                        expressions=[
                            (
                                models.Func(
                                    models.F("network"), models.F("network"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (models.Func(models.F("started_on"), models.F("ended_on"), function="daterange"), "&&"),
                        ],
                        name="one_network_coordinator_at_a_time",
                        violation_error_message="Another term of this office overlaps these dates. Look at the list of people and correct the dates.",
                    ),
                ),
            ]
        )
    ]
