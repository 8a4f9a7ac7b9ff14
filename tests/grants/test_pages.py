"""The pages: what each person sees, stale saves, lost sessions, bad input, and how many queries it takes (G3, G5, G6)."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from cities.acting import cities_served
from cities.models import MembershipStep
from cities.models.membership import Step
from common.exceptions import Refused
from grants import demo, services, summary
from grants.forms import EuroField
from grants.models import Application, Award, BudgetLine, Call, Partner
from mail.models import Message
from tests.access import sign_in
from tests.factories import CityFactory, StaffFactory, official_of
from tests.grants.factories import AT, PROJECT, AwardFactory, CallFactory, draft, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def call(now):
    return CallFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=30))


@pytest.fixture
def application(call, now):
    return draft(call, at=now)


def url(application, *rest) -> str:
    return "/".join(["/en/grants/applications", str(application.pk), *map(str, rest)]) + "/"


# Sections and versions -------------------------------------------------------------------------


def test_stale_save_answers_409_with_both_texts_and_loses_nothing(client, application):
    sign_in(client, application.lead_user)
    first = PROJECT | {"summary": "What my colleague wrote.", "version": application.version}
    second = PROJECT | {"summary": "What I wrote meanwhile.", "version": application.version}
    assert client.post(url(application, "project"), first).status_code == 302

    answer = client.post(url(application, "project"), second)
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "What my colleague wrote." in page and page.count("What I wrote meanwhile.") == 2  # beside, and in the form
    application.refresh_from_db()
    assert application.summary == "What my colleague wrote."
    again = second | {"version": answer.context["form"]["version"].value()}
    assert client.post(url(application, "project"), again).status_code == 302
    application.refresh_from_db()
    assert application.summary == "What I wrote meanwhile."


def test_saving_the_same_text_twice_is_no_conflict(client, application):
    sign_in(client, application.lead_user)
    data = PROJECT | {"summary": "New.", "version": application.version}

    assert [client.post(url(application, "project"), data).status_code for _n in range(2)] == [302, 302]


def lines(*rows, version):
    data = {"version": version, "lines-TOTAL_FORMS": len(rows), "lines-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        data |= {f"lines-{number}-{name}": value for name, value in row.items()}
    return data


ROW = {"heading": "staff", "label": "Coordinator", "amount": "1 200,50", "cofinancing": ""}


def test_stale_budget_answers_409_with_both(client, application):
    sign_in(client, application.lead_user)
    partner = application.partners.get(is_lead=False)
    page = url(application, "budget", partner.pk)
    assert client.post(page, lines(ROW, version=1)).status_code == 302

    answer = client.post(page, lines(ROW | {"label": "Evaluator"}, version=1))

    assert answer.status_code == 409
    assert all(text in answer.content.decode() for text in ("Coordinator", "Evaluator"))
    assert [(line.label, line.amount) for line in BudgetLine.objects.filter(partner=partner)] == [
        ("Coordinator", Decimal("1200.50"))
    ]


def test_bad_budget_line_gets_a_sentence_and_keeps_what_was_typed(client, application):
    sign_in(client, application.lead_user)
    page = url(application, "budget", application.partners.get(is_lead=False).pk)

    answer = client.post(page, lines(ROW | {"amount": "about 12"}, version=1))

    text = answer.content.decode()
    assert answer.status_code == 200 and 'value="about 12"' in text
    assert text.count("Enter an amount in euros, such as 1200.50.") == 2  # in the summary and beside the field


def test_removed_lines_go_and_empty_ones_are_ignored(client, application):
    sign_in(client, application.lead_user)
    lead = application.partners.get(is_lead=True)
    rows = [ROW | {"DELETE": "on"}, ROW | {"label": "Kept"}, dict.fromkeys(ROW, "")]

    client.post(url(application, "budget", lead.pk), lines(*rows, version=lead.version))

    assert list(lead.budget_lines.values_list("label", flat=True)) == ["Kept"]


@pytest.mark.parametrize(
    ("language", "text", "amount"),
    [
        ("en", "1200.5", "1200.50"),
        ("en", "€1,200.50", "1200.50"),
        ("en", "1,200", "1200.00"),
        ("fr", "1 200,50 €", "1200.50"),
        ("fr", "1.200,50", "1200.50"),
        ("fr", "1\u202f200,5", "1200.50"),
    ],
)
def test_amounts_are_read_as_people_write_them(language, text, amount):
    with translation.override(language):
        assert EuroField().clean(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["12.345", "1,23,4", "-5", "abc", "1e9", "999999999999", "NaN"])
def test_amounts_that_are_unclear_are_refused(text):
    with pytest.raises(ValidationError):
        EuroField().clean(text)


# Consortium ------------------------------------------------------------------------------------


def test_invitation_asks_the_coordinators_by_mail_and_on_their_home(application, now):
    city = CityFactory()
    coordinator = official_of(city)
    partner = services.invite_partner(application, city, by=application.lead_user)

    message = Message.objects.get(template="grants/invitation", to_address=coordinator.email)
    assert url(application, "cities", partner.pk, "answer") in message.body
    assert [item.url for item in summary.needs_attention(coordinator, now, cities_served(coordinator, now.date()))] == [
        url(application, "cities", partner.pk, "answer")
    ]


def test_cities_are_found_without_accents_and_invited_without_javascript(client, application):
    sign_in(client, application.lead_user)
    city = CityFactory(name="Łódź", slug="lodz", country="PL")

    found = client.get(url(application, "cities"), {"q": "lodz"}).content.decode()
    assert "1 member city found" in found and "Łódź (Poland)" in found
    assert client.post(url(application, "cities"), {"city": city.pk}).status_code == 302
    assert application.partners.filter(city=city).exists()


def test_city_that_is_no_member_or_already_there_cannot_be_invited(client, application):
    sign_in(client, application.lead_user)
    outsider = CityFactory(member=False)
    partner = application.partners.get(is_lead=False)

    for city in (outsider, partner.city):
        answer = client.post(url(application, "cities"), {"city": city.pk})
        assert "Choose a member city that is not yet in the consortium." in answer.content.decode()
        with pytest.raises(Refused):
            services.invite_partner(application, city, by=application.lead_user)


def test_declined_city_no_longer_sees_the_draft_and_can_be_asked_anew(client, application):
    partner, user = application.partners.get(is_lead=False), application.partner_users[0]
    sign_in(client, user)
    assert client.post(url(application, "cities", partner.pk, "answer"), {"takes_part": "no"}).status_code == 302
    assert client.get(url(application)).status_code == 404

    anew = services.invite_partner(application, partner.city, by=application.lead_user)
    assert anew.pk != partner.pk and client.get(url(application)).status_code == 200


def test_partner_reads_but_does_not_write(client, application):
    sign_in(client, application.partner_users[0])

    assert client.get(url(application)).status_code == 200
    for section in ("project", "cities", "check"):
        assert client.get(url(application, section)).status_code == 403
    assert (
        client.get(url(application, "cities", application.partners.get(is_lead=True).pk, "remove")).status_code == 403
    )


def test_removing_a_partner_asks_first_and_takes_its_budget(client, application):
    sign_in(client, application.lead_user)
    partner = application.partners.get(is_lead=False)
    page = url(application, "cities", partner.pk, "remove")

    assert client.get(page).status_code == 200 and Partner.objects.filter(pk=partner.pk).exists()
    assert client.post(page).status_code == 302
    assert not Partner.objects.filter(pk=partner.pk).exists()
    assert client.get(page).status_code == 404


# Start and submit ------------------------------------------------------------------------------


def test_start_is_refused_before_and_after_the_call(call, now):
    city = CityFactory()
    user = official_of(city)

    for at in (call.opens_at - timedelta(seconds=1), call.closes_at):
        with pytest.raises(Refused):
            services.start_application(call, city, title="x", by=user, at=at)


def test_start_is_for_member_cities_only(client, call):
    city = CityFactory()
    user = official_of(city)
    MembershipStep.objects.create(city=city, kind=Step.SUSPENDED, on=timezone.localdate() - timedelta(days=1))
    sign_in(client, user)

    assert client.get(f"/en/grants/{call.pk}/apply/").status_code == 403


def test_second_click_on_submit_gets_a_clear_sentence(client, application):
    sign_in(client, application.lead_user)
    page = url(application, "check")

    first, second = (client.post(page, {"is_accurate": "on"}, follow=True) for _n in range(2))

    application.refresh_from_db()
    assert application.reference in first.content.decode()
    assert "Nothing was sent again or changed." in second.content.decode()
    assert Message.objects.filter(template="grants/receipt").count() == 1


def test_page_read_before_the_deadline_explains_when_posted_after(client, application):
    sign_in(client, application.lead_user)
    Call.objects.filter(pk=application.call_id).update(closes_at=timezone.now())

    answer = client.post(url(application, "check"), {"is_accurate": "on"})

    assert answer.status_code == 200
    assert "This call is closed: the deadline was" in answer.content.decode()


def test_save_after_submission_is_refused_with_a_sentence(client, application):
    services.submit_application(application, by=application.lead_user)
    sign_in(client, application.lead_user)

    answer = client.post(url(application, "project"), PROJECT | {"title": "Changed", "version": 2}, follow=True)

    assert "Nothing was sent again or changed." in answer.content.decode()
    assert Application.objects.get().title == PROJECT["title"]


def test_what_is_typed_when_the_session_has_ended_is_kept(client, application):
    typed = PROJECT | {"summary": "Typed for an hour.", "version": application.version}
    page = url(application, "project")

    answer = client.post(page, typed)
    assert answer.status_code == 302 and "/account/login/" in answer["Location"]
    sign_in_after_typing(client, application.lead_user)
    shown = client.get(page).content.decode()

    assert "Typed for an hour." in shown and "Your session had ended" in shown
    application.refresh_from_db()
    assert application.summary == PROJECT["summary"]
    assert "Typed for an hour." not in client.get(page).content.decode()


def sign_in_after_typing(client, user):
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")


# The register ----------------------------------------------------------------------------------


def test_register_says_what_was_not_found_and_adds_up_only_what_is_known(client):
    AwardFactory(amount=Decimal("14900"))
    AwardFactory(amount=None, year=None)

    page = client.get("/en/grants/awards/").content.decode()

    assert "The amount is known for 1 of 2; these add up to €14,900.00." in page
    assert page.count("not found</span>") >= 2


def test_register_filters_by_year_theme_and_words_without_accents(client):
    city = CityFactory(name="Évora", slug="evora")
    wanted = AwardFactory(year=2022, theme="Sport", lead_city=city)
    AwardFactory(year=2021, theme="Employment")
    unknown = AwardFactory(year=None, theme="Employment")

    def found(**query):
        return list(client.get("/en/grants/awards/", query).context["page"])

    assert found(year="2022") == found(theme="Sport") == found(q="EVORA") == [wanted]
    assert found(year="unknown") == [unknown]
    assert found(year="1066") == [] == found(q="nowhere")


def test_csv_is_what_the_filters_show_and_no_cell_runs(client):
    AwardFactory(project='=HYPERLINK("http://bad.example")', theme="@cmd", year=2022, amount=Decimal("1.50"))
    AwardFactory(year=2021)

    rows = list(csv.reader(io.StringIO(client.get("/en/grants/awards.csv?year=2022").content.decode("utf-8-sig"))))

    assert len(rows) == 2
    assert rows[1] == ["2022", '\'=HYPERLINK("http://bad.example")', "", "", "'@cmd", "1.50", ""]


def test_call_page_tells_what_was_changed_after_publication(client, call):
    call.closes_at += timedelta(days=7)
    call.save()

    assert "Deadline moved from" in client.get(f"/en/grants/{call.pk}/").content.decode()


def test_unpublished_call_is_not_found_by_the_public(client):
    call = CallFactory(is_published=False)

    assert client.get(f"/en/grants/{call.pk}/").status_code == 404
    sign_in(client, StaffFactory())
    assert client.get(f"/en/grants/{call.pk}/").status_code == 200


# Queries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 50])
def test_register_and_calls_take_few_queries_whatever_their_length(client, count, django_assert_num_queries, call):
    cities = [CityFactory() for _n in range(3)]
    for _n in range(count):
        AwardFactory(lead_city=cities[0]).cities.set(cities)
        CallFactory()

    with django_assert_num_queries(5):
        client.get("/en/grants/awards/")
    with django_assert_num_queries(1):
        client.get("/en/grants/")


@pytest.mark.parametrize("count", [1, 3, 50])
def test_pages_of_an_application_take_few_queries_whatever_its_length(
    client, count, django_assert_max_num_queries, application
):
    services.save_budget(
        application.partners.get(is_lead=True),
        [
            {"heading": "staff", "label": f"Line {n}", "amount": Decimal(5), "cofinancing": Decimal(5)}
            for n in range(count)
        ],
        version=2,
        by=application.lead_user,
    )
    for _n in range(count - 1):
        city = CityFactory()
        partner = Partner.objects.create(application=application, city=city)
        Partner.objects.filter(pk=partner.pk).update(confirmed_at=AT, confirmed_by=official_of(city))
    sign_in(client, application.lead_user)
    client.get(url(application))

    for section in ([], ["project"], ["cities"], ["budget"], ["check"]):
        with django_assert_max_num_queries(12):
            assert client.get(url(application, *section)).status_code == 200


# Summaries and the demonstration ----------------------------------------------------------------


def test_summary_counts_awards_of_the_year_and_of_the_year_before():
    lead, other = CityFactory(), CityFactory()
    AwardFactory(year=2020, lead_city=lead, amount=Decimal(100)).cities.set([lead, other])
    AwardFactory(year=2019, amount=None)

    assert [(f.key, f.value, f.previous) for f in summary.figures(2020)] == [
        ("grants_awarded", 1, 1),
        ("grants_cities", 2, 0),
        ("grants_amount", Decimal(100), None),
    ]
    assert [(fact.title, fact.on.year) for fact in summary.history(lead)] == [
        (Award.objects.get(year=2020).project, 2020)
    ]


def test_staff_are_told_of_closed_calls_to_decide():
    application = submitted()
    items = list(summary.needs_attention(StaffFactory(), application.call.closes_at, []))

    assert [(item.done, item.total, item.is_staff_only) for item in items] == [(0, 1, True)]


def test_demonstration_is_made_once_and_labelled():
    for _n in range(3):
        official_of(CityFactory())

    for _n in range(2):
        demo.make(timezone.now())

    assert [(c.is_made_up, c.applications.count()) for c in Call.objects.all()] == [(True, 2)]
    assert sorted(Application.objects.values_list("status", flat=True)) == ["draft", "submitted"]
