"""Intake: answers are kept as typed, nothing is carried over unconfirmed, what is signed stays as it was signed."""

import base64
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from PIL import Image, ImageDraw

from mesoplan.intake.interview import asked_anew
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.intakes import services
from mesoplan_clinic.intakes.interview import Asking
from mesoplan_clinic.intakes.models import AlreadySigned, Intake
from mesoplan_clinic.intakes.selectors import parsed
from mesoplan_clinic.intakes.services import Who
from mesoplan_clinic.kernel import clock
from web.line import ON, raw, signed

STAFF = Who("Anna")
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def calendar(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda clinic: ON)


@pytest.fixture
def form(maria, member) -> Intake:
    return services.begin(maria, member())


@pytest.fixture
def answer(send):
    """Answer a question as its form on the page would."""

    def post(browser, intake, question, values, *, version=0, htmx=True, client=None):
        path = reverse("intake_answer", args=[intake.client_id, intake.pk, question])
        return send(browser, path, {"version": version, **values}, client or intake.client, **(HTMX if htmx else {}))

    return post


def now(intake: Intake) -> Intake:
    return Intake.objects.get(pk=intake.pk)


def drawing(lines: int = 3) -> str:
    image = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    for number in range(lines):
        ImageDraw.Draw(image).line((10, 20 * number + 10, 280, 90 - 20 * number), fill=(16, 32, 44, 255), width=4)
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


# -- answering


def test_every_answer_is_kept_at_once_with_one_event_that_holds_no_content(browser, answer, form):
    before = AuditEvent.objects.count()
    said = answer(browser(), form, "diabetes", {"value": "yes"})
    assert said.status_code == 200 and now(form).answers["answers"] == {"diabetes": "yes"}
    assert AuditEvent.objects.count() == before + 1
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.client) == ("intake_answer", form.client_id)
    assert event.detail == {"question": "diabetes", "version": 2, "usable": True}


@pytest.mark.parametrize(
    ("question", "values", "kept"),
    [
        ("sex", {"value": "female"}, "female"),
        ("pregnancy", {"value": "unknown"}, "unknown"),
        ("menstruation_start", {"text": "2026-11-10"}, "2026-11-10"),
        ("menstruation_start", {"value": "unknown", "text": ""}, "unknown"),
        ("cycle_length_days", {"text": "28"}, 28.0),
        ("cycle_length_days", {"text": "28,0"}, 28.0),
        ("wounds", {"value": "no"}, "no"),
        ("wounds", {"value": "yes"}, "yes"),
        ("wounds", {"value": "yes", "zones": ["forehead", "temple_left"]}, {"zones": ["forehead", "temple_left"]}),
        ("regular_medicines", {"value": "yes", "text": "aspirin\n\n ibuprofen "}, ["aspirin", "ibuprofen"]),
        ("vaccination", {"value": "yes", "e0-date": ""}, "yes"),
        (
            "chemical_peel",
            {"value": "yes", "e0-date": "2026-10-01", "e0-kind": "", "e0-zones": ["forehead"], "e4-date": ""},
            [{"date": "2026-10-01", "kind": "unknown", "zones": ["forehead"]}],
        ),
    ],
)
def test_each_kind_of_answer_is_kept_as_an_intake_file_holds_it(browser, answer, form, question, values, kept):
    answer(browser(), form, question, values)
    assert now(form).answers["answers"][question] == kept
    assert not now(form).answers["typed"]


@pytest.mark.parametrize(
    ("question", "values", "says"),
    [
        ("cycle_length_days", {"text": "twenty"}, "this is not a number"),
        ("cycle_length_days", {"text": "280"}, "not plausible"),
        ("menstruation_start", {"text": "2026-11-31"}, "not a date"),
        ("menstruation_start", {"text": "2027-01-01"}, "after the day of the visit"),
        ("diabetes", {"value": "maybe"}, "not one of the answers"),
        ("wounds", {"value": "yes", "zones": ["moon"]}, "not a zone"),
        ("regular_medicines", {"value": "yes", "text": ""}, "write which ones"),
    ],
)
def test_what_cannot_be_used_is_kept_as_typed_says_why_and_counts_as_unknown(
    browser, answer, form, question, values, says
):
    one = browser()
    said = answer(one, form, question, values)
    assert says in said.text.lower()
    assert question not in now(form).answers["answers"] and question in now(form).answers["typed"]
    assert parsed(now(form)).answers[question].state == "unknown"
    group = knowledge_of(form.client.clinic).questions[question].group
    page = one.get(reverse("intake_group", args=[form.client_id, form.pk, group])).text
    assert says in page.lower()
    if values.get("text"):
        assert f'value="{values["text"]}"' in page


def test_a_good_answer_replaced_by_an_unusable_one_is_no_longer_counted(browser, answer, form):
    one = browser()
    answer(one, form, "cycle_length_days", {"text": "28"})
    answer(one, form, "cycle_length_days", {"text": "2800"}, version=2)
    assert parsed(now(form)).answers["cycle_length_days"].state == "unknown"


def test_the_problem_is_said_in_the_language_of_the_page(browser, answer, form):
    one = browser()
    one.cookies["django_language"] = "ru"
    said = answer(one, form, "cycle_length_days", {"text": "много"})
    assert "это не число" in said.text and "«много»" in said.text


def test_an_answer_of_ten_thousand_characters_does_no_harm_and_one_of_a_million_is_refused(browser, answer, form):
    one = browser()
    assert answer(one, form, "allergies", {"value": "yes", "text": "x" * 10_000}).status_code == 200
    assert now(form).answers["typed"]["allergies"]["text"] == "x" * 10_000
    said = answer(one, form, "allergies", {"value": "yes", "text": "x" * 1_000_000}, version=2)
    assert said.status_code == 422 and "far too much" in said.text
    assert now(form).version == 2


@pytest.mark.parametrize("values", [{}, {"answers": "no"}, {"state": "signed"}, {"pregnancy": "no"}, {"value": ""}])
def test_forged_field_names_answer_nothing_and_unknown_never_becomes_no(browser, answer, form, values):
    answer(browser(), form, "pregnancy", values)
    row = now(form)
    assert row.is_open and parsed(row).answers["pregnancy"].state == "unknown"


def test_a_question_that_does_not_exist_is_not_found(browser, answer, form):
    assert answer(browser(), form, "no_such_question", {"value": "no"}).status_code == 404


def test_every_question_left_alone_is_unknown_when_signed(form):
    row = services.sign(form, 1, None, STAFF)
    assert {one.state for name, one in parsed(row).answers.items() if name != "birth_date"} == {"unknown"}


def test_questions_come_and_go_with_the_answers(browser, answer, form):
    one = browser()
    said = answer(one, form, "sex", {"value": "male"})
    assert "pregnancy" not in Asking(now(form)).applying
    assert "asked" in said.headers["HX-Trigger"]
    answer(one, form, "sex", {"value": "female"}, version=2)
    assert "pregnancy" in Asking(now(form)).applying


def test_goals_need_a_zone_and_what_was_chosen_is_kept(browser, answer, form):
    one = browser()
    said = answer(one, form, "goals", {"goal": ["acne"]})
    assert "choose at least one zone" in said.text.lower() and now(form).answers["goals"] == []
    answer(one, form, "goals", {"goal": ["acne"], "zones-acne": ["forehead"], "sessions-acne": ""}, version=2)
    assert now(form).answers["goals"] == [{"indication": "acne", "zones": ["forehead"]}]
    assert parsed(now(form)).goals[0].zones == ("forehead",)


# -- two people, two tabs


def test_two_people_answering_one_question_see_both_answers_and_nothing_is_overwritten(browser, answer, form):
    physician, assistant = browser(), browser(Role.ASSISTANT)
    answer(physician, form, "diabetes", {"value": "yes"})
    said = answer(assistant, form, "diabetes", {"value": "no"})
    assert said.status_code == 409
    assert "Saved by them" in said.text and ">yes" in said.text and ">no<" in said.text
    assert now(form).answers["answers"]["diabetes"] == "yes"
    assert 'name="version" value="2"' in said.text
    assert answer(assistant, form, "diabetes", {"value": "no"}, version=2).status_code == 200


def test_without_a_script_the_conflict_is_a_page_that_sends_what_was_typed_again(browser, answer, form):
    answer(browser(), form, "allergies", {"value": "yes", "text": "latex"})
    said = answer(browser(Role.ASSISTANT), form, "allergies", {"value": "yes", "text": "nickel"}, htmx=False)
    assert said.status_code == 409 and 'name="text" value="nickel"' in said.text and "latex" in said.text


def test_two_people_answering_different_questions_do_not_disturb_each_other(browser, answer, form):
    answer(browser(), form, "diabetes", {"value": "yes"})
    assert answer(browser(Role.ASSISTANT), form, "epilepsy", {"value": "never"}).status_code == 200
    assert len(now(form).answers["answers"]) == 2


def test_a_form_of_one_client_sent_to_another_clients_addresses_writes_nothing(browser, send, form, ivan, member):
    other = services.begin(ivan, member())
    one = browser()
    for name, more in (
        ("intake_answer", ["diabetes"]),
        ("intake_confirm", ["health"]),
        ("intake_sign", []),
        ("intake_discard", []),
        ("intake_link", []),
        ("intake_hand_over", []),
    ):
        path = reverse(name, args=[ivan.pk, other.pk, *more])
        said = send(one, path, {"value": "no", "version": 1, "name": "Maria"}, form.client)
        assert said.status_code == 409, name
    assert now(other).version == 1 and now(other).is_open
    path = reverse("intake_answer", args=[ivan.pk, form.pk, "diabetes"])
    assert send(one, path, {"value": "no", "version": 0}, ivan).status_code == 404
    assert now(form).version == 1


# -- the difference


@pytest.fixture
def second(maria, member) -> Intake:
    signed(maria, 1, ON - timedelta(days=20), diabetes="no", pregnancy="no")
    return services.begin(maria, member())


def test_at_the_next_visit_nothing_is_carried_over_until_it_is_confirmed(second):
    assert second.answers["answers"] == {} and second.answers["goals"] == []
    assert {one.state for name, one in parsed(second).answers.items() if name != "birth_date"} == {"unknown"}


def test_what_changes_is_asked_openly_and_the_rest_is_shown_to_be_confirmed(browser, second):
    knowledge = knowledge_of(second.client.clinic)
    asking = Asking(second)
    for name in ("pregnancy", "menstruation_start", "regular_medicines", "clotting_medicines", "wounds", "vaccination"):
        assert asked_anew(knowledge.questions[name], knowledge) and not asking.is_known(knowledge.questions[name])
    for name in ("sex", "diabetes", "drug_allergy"):
        assert asking.is_known(knowledge.questions[name])
    page = browser().get(reverse("intake_group", args=[second.client_id, second.pk, "health"])).text
    assert "As you told us on" in page and "Still so" in page


def test_one_earlier_answer_is_confirmed_alone(browser, answer, second):
    answer(browser(), second, "diabetes", {"same": "1"})
    assert now(second).answers["answers"] == {"diabetes": "no"} and now(second).confirmed == ["diabetes"]


def test_a_group_is_confirmed_at_once_but_only_what_was_shown_and_never_what_is_asked_openly(browser, send, second):
    path = reverse("intake_confirm", args=[second.client_id, second.pk, "health"])
    send(browser(), path, {"shown": ["diabetes", "epilepsy", "pregnancy", "heavy_exertion"]}, second.client)
    assert set(now(second).answers["answers"]) == {"diabetes", "epilepsy"}


def test_what_was_never_answered_cannot_be_confirmed(browser, answer, maria, member):
    signed(maria, 1, ON - timedelta(days=20), diabetes="unknown")
    row = services.begin(maria, member())
    answer(browser(), row, "diabetes", {"same": "1"})
    assert "diabetes" not in now(row).answers["answers"]


def test_confirming_does_not_overwrite_what_was_answered_meanwhile(second):
    knowledge = knowledge_of(second.client.clinic)
    from mesoplan_clinic.intakes.typed import Sent

    services.keep_answer(second, knowledge.questions["diabetes"], 0, Sent("yes"), STAFF)
    services.confirm(second, ["diabetes", "epilepsy"], STAFF)
    assert now(second).answers["answers"]["diabetes"] == "yes"


# -- signing


def test_a_drawn_signature_makes_the_answers_immutable(browser, send, form):
    path = reverse("intake_sign", args=[form.client_id, form.pk])
    assert send(browser(), path, {"version": 1, "drawn": drawing()}, form.client).status_code == 302
    row = now(form)
    assert not row.is_open and row.signed_as == "Maria Example" and row.intake_hash == parsed(row).intake_hash
    assert Image.open(io.BytesIO(row.signature)).size == (300, 100)


def test_a_typed_full_name_signs_too(browser, send, form):
    path = reverse("intake_sign", args=[form.client_id, form.pk])
    send(browser(), path, {"version": 1, "name": " Maria   Example "}, form.client)
    assert now(form).signed_as == "Maria Example" and now(form).signature is None


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"name": "..."},
        {"name": "x" * 300},
        {"drawn": "data:image/png;base64,AAAA"},
        {"drawn": "data:image/svg+xml;base64,AAAA"},
        {"drawn": drawing(0)},
        {"drawn": "data:image/png;base64," + "A" * 500_000},
    ],
)
def test_without_a_signature_that_can_be_kept_nothing_is_signed(browser, send, form, values):
    path = reverse("intake_sign", args=[form.client_id, form.pk])
    assert send(browser(), path, {"version": 1, **values}, form.client).status_code == 422
    assert now(form).is_open


def test_answers_that_changed_after_they_were_shown_are_not_signed(browser, send, answer, form):
    answer(browser(Role.ASSISTANT), form, "diabetes", {"value": "yes"})
    path = reverse("intake_sign", args=[form.client_id, form.pk])
    said = send(browser(), path, {"version": 1, "name": "Maria Example"}, form.client)
    assert said.status_code == 409 and "Answers changed" in said.text and now(form).is_open


def test_no_route_changes_what_is_signed(browser, send, maria, member):
    row = signed(maria)
    kept = (row.answers, row.version, row.state)
    one = browser()
    for name, more in (
        ("intake_answer", ["diabetes"]),
        ("intake_answer", ["goals"]),
        ("intake_confirm", ["health"]),
        ("intake_sign", []),
        ("intake_discard", []),
        ("intake_link", []),
        ("intake_hand_over", []),
    ):
        path = reverse(name, args=[maria.pk, row.pk, *more])
        said = send(one, path, {"value": "yes", "version": 1, "goal": "acne", "name": "Maria Example"}, maria)
        assert said.status_code in (404, 409, 422), (name, said.status_code)
    assert (now(row).answers, now(row).version, now(row).state) == kept


def test_not_even_code_changes_what_is_signed(maria):
    row = signed(maria)
    row.answers = {"goals": [], "answers": {}}
    for attempt in (row.save, row.delete, lambda: row.save_as(1, ["answers"])):
        with pytest.raises(AlreadySigned):
            attempt()
    assert now(row).answers == raw()


# -- additions


@pytest.fixture
def addition(maria, member) -> Intake:
    signed(maria, 1, diabetes="unknown", wounds="yes", epilepsy="never")
    return services.begin_addition(maria, member(Role.PHYSICIAN))


def test_a_practitioner_adds_what_was_not_known_under_their_own_name(browser, send, answer, addition):
    one = browser()
    answer(one, addition, "diabetes", {"value": "no"})
    page = one.get(reverse("intake_sign", args=[addition.client_id, addition.pk])).text
    assert "What was added" in page and "Add under my name" in page
    path = reverse("intake_sign", args=[addition.client_id, addition.pk])
    send(one, path, {"version": now(addition).version}, addition.client)
    row = now(addition)
    assert not row.is_open and row.signed_as == "Physician" and row.answers["log"]["diabetes"]["by"] == "Physician"
    assert parsed(row).answers["diabetes"].state == "no" and row.based_on.answers["answers"]["diabetes"] == "unknown"
    assert "What was added" in one.get(reverse("intake", args=[row.client_id, row.pk])).text


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("epilepsy", {"value": "now"}),
        ("epilepsy", {"value": "garbage"}),
        ("epilepsy", {}),
        ("wounds", {"value": "no"}),
        ("goals", {"goal": "acne", "zones-acne": "forehead"}),
    ],
)
def test_an_addition_never_takes_back_what_the_client_signed(browser, answer, addition, question, values):
    said = answer(browser(), addition, question, values)
    assert said.status_code == 409 and "The client has signed another answer" in said.text
    assert now(addition).answers["answers"] == addition.based_on.answers["answers"]


def test_an_addition_completes_a_yes_whose_place_was_not_known_and_a_slip_leaves_the_yes(browser, answer, addition):
    one = browser()
    answer(one, addition, "wounds", {"value": "yes", "zones": ["moon"]})
    assert now(addition).answers["answers"]["wounds"] == "yes"
    answer(one, addition, "wounds", {"value": "yes", "zones": ["forehead"]}, version=2)
    assert now(addition).answers["answers"]["wounds"] == {"zones": ["forehead"]}


def test_a_missing_question_is_opened_by_one_tap(browser, send, maria, member):
    signed(maria, 1, diabetes="unknown")
    said = send(browser(), reverse("intake_ask", args=[maria.pk, "diabetes"]), {}, maria)
    row = Intake.objects.get(state="open")
    assert said.url == reverse("intake", args=[maria.pk, row.pk]) + "group/health/#q-diabetes" and row.is_addition


def test_a_draft_of_another_day_says_so_and_can_be_thrown_away(browser, send, form, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda clinic: ON + timedelta(days=1))
    one = browser()
    assert "begun on an earlier day" in one.get(reverse("intake", args=[form.client_id, form.pk])).text
    send(one, reverse("intake_discard", args=[form.client_id, form.pk]), {}, form.client)
    assert not Intake.objects.exists()


# -- allergy tests


def test_an_allergy_test_is_placed_and_read_on_the_days_of_the_core(browser, send, maria, monkeypatch):
    one, path = browser(), reverse("allergy_tests", args=[maria.pk])
    send(one, path, {"product": "example-revital", "method": "test injection", "day": ON.isoformat()}, maria)
    test = maria.allergytests.get()
    page = one.get(path).text
    assert (
        "readings not complete" in page and "25 November 2026" in page and "26 November 2026 – 27 November 2026" in page
    )
    reading = reverse("allergy_reading", args=[maria.pk, test.pk])
    for days, version in ((2, 1), (3, 2)):
        monkeypatch.setattr(clock, "today", lambda clinic, days=days: ON + timedelta(days=days))
        assert "A reading is due" in one.get(path).text
        day = (ON + timedelta(days=days)).isoformat()
        assert send(one, reading, {"day": day, "result": "negative", "version": version}, maria).status_code == 302
    assert "✓ negative" in one.get(path).text


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (ON + timedelta(days=5), "has not come yet"),
        (ON - timedelta(days=1), "follows its test"),
        ("never", "valid date"),
    ],
)
def test_a_reading_that_cannot_be_is_refused(browser, send, maria, member, day, says):
    from mesoplan_clinic.intakes import allergy

    test = allergy.place(maria, member(), "example-revital", ON, "topical")
    path = reverse("allergy_reading", args=[maria.pk, test.pk])
    said = send(browser(), path, {"day": str(day), "result": "negative", "version": 1}, maria)
    assert said.status_code == 422 and says in said.text
    assert maria.allergytests.get().readings == []


def test_a_reading_entered_twice_at_the_same_time_is_kept_once(browser, send, maria, member):
    from mesoplan_clinic.intakes import allergy

    test = allergy.place(maria, member(), "example-revital", date(2026, 11, 20), "topical")
    path = reverse("allergy_reading", args=[maria.pk, test.pk])
    values = {"day": ON.isoformat(), "result": "negative", "version": 1}
    assert send(browser(), path, values, maria).status_code == 302
    assert send(browser(Role.ASSISTANT), path, values, maria).status_code == 409
    assert len(maria.allergytests.get().readings) == 1
