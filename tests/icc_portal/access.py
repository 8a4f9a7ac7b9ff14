"""The pages that gather from all apps."""

from tests.access import Row

EVERYBODY = "200    200      200   200     200      200   200"

ROWS = {
    "root": Row("302    302      302   302     302      302   302"),
    "healthz": Row(EVERYBODY, why="a word for the load balancer"),
    "home": Row(EVERYBODY),
}
