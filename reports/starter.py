"""The texts that a new report begins with: a starting point for the unit, in English and French, free to change.

They state nothing that the records do not show.
"""

from .models import Chapter

Kind = Chapter.Kind

TEXTS: dict[str, tuple[str, str]] = {
    Kind.LETTER: (
        """It is my pleasure to send you the annual report of the Intercultural Cities programme for {{ year }}, together with a sheet on the part that {{ city }} took in it.

At the end of {{ year }} the programme brought together {{ figures.members }} cities in {{ figures.countries }} countries. They share one conviction: diversity, well managed, is an advantage for a city and for all who live in it.

Throughout the year we supported your officials in their daily work, and offered activities in four fields: communication and awareness raising, alternative narratives, active participation, and sustainable intercultural societies. Policy briefs and other publications went to all member cities, and the call for inter-city grants helped cities to work on joint projects. The report sets out the activities of {{ year }} ({{ figures.activities }}), its publications ({{ figures.publications }}) and its inter-city grants ({{ figures.grants }}).

We keep in regular touch with your coordinator, and we would be glad to hear from you too. Thank you for the commitment of {{ city }} to interculturality.""",
        """J’ai le plaisir de vous adresser le rapport annuel du programme des Cités interculturelles pour {{ year }}, accompagné d’une fiche sur la part prise par {{ city }}.

À la fin de {{ year }}, le programme réunissait {{ figures.members }} villes dans {{ figures.countries }} pays. Elles partagent une conviction : la diversité, bien gérée, est un avantage pour une ville et pour toutes celles et tous ceux qui y vivent.

Tout au long de l’année, nous avons soutenu vos agents dans leur travail quotidien et proposé des activités dans quatre domaines : la communication et la sensibilisation, les récits alternatifs, la participation active et les sociétés interculturelles durables. Des notes d’orientation et d’autres publications ont été adressées à toutes les villes membres, et l’appel à projets intervilles a aidé des villes à travailler ensemble. Le rapport présente les activités de {{ year }} ({{ figures.activities }}), les publications ({{ figures.publications }}) et les subventions intervilles ({{ figures.grants }}).

Nous restons en contact régulier avec votre coordinateur ou coordinatrice, et nous serions heureux de vous lire également. Merci de l’engagement de votre ville pour l’interculturalité.""",
    ),
    Kind.FOREWORD: (
        """This report looks back on {{ year }} in the Intercultural Cities programme. At the end of the year {{ figures.members }} cities in {{ figures.countries }} countries were members.

The report is compiled from the records of the programme. Where a fact was not found, it says so.""",
        """Ce rapport revient sur l’année {{ year }} du programme des Cités interculturelles. À la fin de l’année, {{ figures.members }} villes de {{ figures.countries }} pays en étaient membres.

Le rapport est établi à partir des données du programme. Lorsqu’une information n’a pas été trouvée, il le dit.""",
    ),
    Kind.FIGURES: (
        """Each figure counts the rows listed in this report and its data annex. The change is the difference with the year before.""",
        """Chaque chiffre compte les lignes énumérées dans ce rapport et dans son annexe de données. L’évolution est la différence avec l’année précédente.""",
    ),
    Kind.MEMBERS: (
        """On 31 December {{ year }} the programme had {{ figures.members }} member cities. Cities recorded as joining in the year: {{ figures.new_members }}.""",
        """Au 31 décembre {{ year }}, le programme comptait {{ figures.members }} villes membres. Villes dont l’adhésion dans l’année est enregistrée : {{ figures.new_members }}.""",
    ),
    Kind.INDEX: (
        """The Intercultural Cities Index shows a city where its policies stand. Results recorded for the year: {{ figures.index_results }}; expert visits: {{ figures.expert_visits }}.""",
        """L’Index des Cités interculturelles montre à une ville où en sont ses politiques. Résultats enregistrés pour l’année : {{ figures.index_results }} ; visites d’experts : {{ figures.expert_visits }}.""",
    ),
    Kind.ACTIVITIES: (
        """Activities recorded for {{ year }}: {{ figures.activities }}, of which online: {{ figures.activities_online }}.""",
        """Activités enregistrées pour {{ year }} : {{ figures.activities }}, dont en ligne : {{ figures.activities_online }}.""",
    ),
    Kind.GRANTS: (
        """Inter-city grants let member cities carry out a project together. Grants recorded for {{ year }}: {{ figures.grants }}, with {{ figures.grant_cities }} cities.""",
        """Les subventions intervilles permettent à des villes membres de mener un projet ensemble. Subventions enregistrées pour {{ year }} : {{ figures.grants }}, avec {{ figures.grant_cities }} villes.""",
    ),
    Kind.NETWORKS: (
        """National and regional networks bring member cities together in their own language. A city can belong to a network of its country and to the international one.""",
        """Les réseaux nationaux et régionaux rassemblent des villes membres dans leur langue. Une ville peut appartenir à un réseau de son pays et au réseau international.""",
    ),
    Kind.PUBLICATIONS: (
        """Publications of {{ year }} in the library: {{ figures.publications }}.""",
        """Publications de {{ year }} dans la médiathèque : {{ figures.publications }}.""",
    ),
    Kind.PRACTICES: (
        """Good practices are written by the cities and reviewed by the unit. Published in {{ year }}: {{ figures.practices }}.""",
        """Les bonnes pratiques sont rédigées par les villes et relues par l’unité. Publiées en {{ year }} : {{ figures.practices }}.""",
    ),
    Kind.PLANS: (
        """The programme will continue to support member cities with activities, publications, inter-city grants and regular exchanges.""",
        """Le programme continuera à soutenir les villes membres par des activités, des publications, des subventions intervilles et des échanges réguliers.""",
    ),
}

# The e-mail that carries the letter and the report; correspondence fills in {{ salutation }}, {{ city }} and {{ year }}.
MAIL_SUBJECT = (
    "Intercultural Cities: annual report {year}",
    "Cités interculturelles\u00a0: rapport annuel {year}",
)
MAIL_BODY = (
    """{{ salutation }},

With this message you receive a letter with a sheet on the part that {{ city }} took in the Intercultural Cities programme, and the annual report on {{ year }}.""",
    """{{ salutation }},

Vous recevez avec ce message une lettre accompagnée d’une fiche sur la part prise par {{ city }} dans le programme des Cités interculturelles, ainsi que le rapport annuel {{ year }}.""",
)
