"""The pages that gather from all apps."""

from tests.access import Row

EVERYBODY = "200    200      200   200     200      200   200"
MISSING = "404    404      404   404     404      404   404"

ROWS = {
    "root": Row("302    302      302   302     302      302   302"),
    "healthz": Row(EVERYBODY, why="a word for the load balancer"),
    "home": Row(EVERYBODY),
    "mailbox": Row(EVERYBODY),
    "mail": Row(MISSING, lambda w: ["no-such-mail"]),
    "mail_html": Row(MISSING, lambda w: ["no-such-mail"]),
    "mail_attachment": Row(MISSING, lambda w: ["no-such-mail", 1]),
    "about": Row(EVERYBODY),
    "facts": Row(EVERYBODY),
    "search": Row(EVERYBODY),
    "privacy": Row(EVERYBODY),
    "accessibility": Row(EVERYBODY),
    "city_pdf": Row("login  200      403   200     403      200   200", lambda w: [w.city.slug], why="a file"),
    "see_as": Row("login  403      403   403     403      200   200"),
    "see_as_official": Row("login  403      403   403     403      200   200", lambda w: [w.city.slug]),
    "see_as_stop": Row("login  405      405   405     405      405   405"),
    "components": Row("login    403      403   403     403      200   200"),
}
