"""The words of a letter: salutations, closing, what {{ … }} stands for, and the text that staff start from.

They are in the language of the letter, not of the page, so they are kept here and not in the catalogue.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

LANGUAGES = ("en", "fr")
PLACEHOLDERS = ("city", "year", "salutation")
PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}")

SALUTATIONS = {
    "en": {"mayor": "Dear Mayor", "deputy_mayor": "Dear Deputy Mayor", "": "Dear colleague"},
    "fr": {"mayor": "Madame, Monsieur le Maire", "deputy_mayor": "Madame, Monsieur l’Adjoint au Maire", "": "Chère collègue, cher collègue"},
}  # fmt: skip
SIGNATURE = {
    "en": ["Yours sincerely,", "Head of the unit", "Intercultural Cities programme, Council of Europe"],
    "fr": [
        "Je vous prie d’agréer l’expression de ma considération distinguée.",
        "La direction de l’unité",
        "Programme Cités interculturelles, Conseil de l’Europe",
    ],
}


def salutation(language: str, office: str) -> str:
    """How to address the holder of an office whose own salutation is not known."""
    words = SALUTATIONS.get(language, SALUTATIONS["en"])
    return words.get(office, words[""])


def reference(initials: str) -> str:
    """The unit's reference for the letters of whoever has these initials."""
    return f"ICC /{initials}/lt/{{{{ city }}}}" if initials else ""


def unknown_placeholders(text: str) -> Iterator[str]:
    """A sentence for each {{ … }} in `text` that nothing fills in, and for braces that do not pair."""
    for name in PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            yield _("“{{ %(name)s }}” stands for nothing. Use {{ city }}, {{ year }} or {{ salutation }}.") % {
                "name": name
            }
    rest = PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        yield _("Two braces do not pair. Write placeholders as {{ city }}.")


def fill(text: str, values: dict[str, str]) -> str:
    """`text` with its placeholders replaced; a value is put in as it is and not looked at again."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


STARTER_SUBJECT = {
    "en": "Intercultural Cities: our support to {{ city }} this year",
    "fr": "Cités interculturelles : notre soutien à {{ city }} cette année",
}
STARTER_BODY = {
    "en": """{{ salutation }},

Thank you for the commitment of {{ city }} to the Intercultural Cities programme. As the year begins, I should like to
tell you what the programme offers your administration, and what to expect from us in the coming months.

**Support to your officials.** Our unit is at the disposal of your coordinator and of all the officials who work with
them. They can reach us at any time, and they find in the portal the history of your city in the programme, the
calendar of activities and the colleagues in other member cities who work on the same questions.

**The annual report.** By the end of March you will receive the report on the past year, with a sheet on your own
city: the activities it took part in, the grants it shared in and its place in the work of the network.

**Capacity building.** We propose meetings, study visits and training in fields such as anti-discrimination, public
space and housing, education, business and employment, language and communication, and participation. Your officials
register in the portal.

**The library.** Policy briefs, studies and good practices of the member cities are there for your services to use
and to translate.

**The call for inter-city grants.** Member cities may apply together for joint projects. The call will be published
in the portal; each application is led by one city with at least one other.

I would be grateful if you could make sure that the name and the address of your coordinator are up to date. We look
forward to working with {{ city }} in {{ year }}.
""",
    "fr": """{{ salutation }},

Je vous remercie de l’engagement de votre ville dans le programme Cités interculturelles. En ce début d’année, je
souhaite vous présenter ce que le programme offre à votre administration et ce que vous recevrez de nous au cours des
prochains mois.

**Un appui à vos services.** Notre unité est à la disposition de votre coordinatrice ou coordinateur et de tous les
agents qui travaillent à ses côtés. Ils peuvent nous joindre à tout moment, et ils trouvent sur le portail l’historique
de votre ville dans le programme, le calendrier des activités et leurs collègues d’autres villes membres.

**Le rapport annuel.** D’ici à la fin du mois de mars, vous recevrez le rapport sur l’année écoulée, accompagné d’une
fiche sur votre ville : les activités auxquelles elle a participé, les subventions dont elle a bénéficié et sa place
dans les travaux du réseau.

**Le renforcement des capacités.** Nous proposons des réunions, des visites d’étude et des formations sur la lutte
contre les discriminations, l’espace public et le logement, l’éducation, les entreprises et l’emploi, les langues et la
communication, ou encore la participation. L’inscription se fait sur le portail.

**La bibliothèque.** Notes de politique, études et bonnes pratiques des villes membres y sont à la disposition de vos
services, qui peuvent les utiliser et les traduire.

**L’appel à subventions intervilles.** Les villes membres peuvent présenter ensemble des projets communs. L’appel sera
publié sur le portail ; chaque candidature est portée par une ville avec au moins une autre.

Je vous saurais gré de veiller à ce que le nom et l’adresse de votre coordinatrice ou coordinateur soient à jour. Nous
nous réjouissons de travailler avec {{ city }} en {{ year }}.
""",
}
# A paragraph is one line for the person who edits it, and no line begins with a colon.
STARTER_BODY = {language: re.sub(r"(?<!\n)\n(?!\n)", " ", text).strip() for language, text in STARTER_BODY.items()}
STARTER_SUBJECT["fr"], STARTER_BODY["fr"] = (
    re.sub(r" ([:;])", "\u00a0\\1", t["fr"]) for t in (STARTER_SUBJECT, STARTER_BODY)
)
