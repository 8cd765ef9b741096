"""What one paper says, the others of the same plan do not contradict."""

from tests.report.conftest import Case, MakeCase
from tests.report.pages import whole

from mesoplan.knowledge.base import Knowledge
from mesoplan.report.consent_paper import consent_context
from mesoplan.report.context import PaperContext
from mesoplan.report.home_paper import home_context
from mesoplan.report.plan_course import cover
from mesoplan.report.plan_zones import map_part, settings
from mesoplan.report.session_paper import session_context
from mesoplan.report.session_steps import anaesthesia
from mesoplan.surface.build import build_surface

SCAR_SIZE = build_surface(patches={"cheek_lower_left": (3.0, 0.4)})
SCAR = {"scars": [{"date": "unknown", "kind": "atrophic", "zones": ["cheek_lower_left"]}]}
THIGHS = build_surface(patches={"thigh_left": (20.0, 15.0), "thigh_right": (20.0, 15.0)})


def context(case: Case) -> PaperContext:
    return PaperContext(case.plan, case.knowledge, case.clinic)


def roller(make_case: MakeCase, language: str = "en") -> Case:
    goals = [{"indication": "cellulite", "zones": ["thigh"]}]
    return make_case(technique="clinic_roller", of_surface=THIGHS, goals=goals, language=language)


def test_consent_and_plan_name_the_same_cover_after_five_sessions(make_case: MakeCase) -> None:
    case = make_case()
    after_five = cover(context(case))["rows"][0][5]
    assert f"five sessions reach about {after_five}," in " ".join(consent_context(context(case))["cannot"])


def test_plan_and_home_leaflet_number_the_paths_alike(make_case: MakeCase) -> None:
    goals = [{"indication": "dry_skin", "zones": ["forehead", "chin"]}]
    case = make_case(technique="home_roller", goals=goals)
    notes = " ".join(settings(context(case))["tables"][0]["notes"]).replace("\u00a0", " ").lower()
    numbered = home_context(context(case))["paths"]
    assert [number for number, _ in numbered] == ["1", "2", "3"]
    assert all(f"{number} {name.lower()}" in notes for number, name in numbered)


def test_a_course_of_unknown_length_is_no_course_of_nought_sessions(make_case: MakeCase) -> None:
    for language, says in (("en", "No source gives a number."), ("ru", "Число источники не называют.")):
        text = whole(roller(make_case, language).papers["consent.pdf"])
        assert says in text
        assert "0 sessions" not in text
        assert "0 процедур" not in text


def test_a_plan_off_the_face_does_not_say_that_nothing_was_measured(make_case: MakeCase) -> None:
    part = map_part(context(roller(make_case)), "")
    assert part["caption"] == "The zones lie off the face; the drawing does not show them."
    assert "nothing was measured" not in " ".join(part["notes"])
    assert "nothing was measured" in " ".join(map_part(context(make_case()), "")["notes"])


def test_an_operation_is_an_alternative_for_scars_alone(make_case: MakeCase) -> None:
    told = []
    for one in ("wrinkles", "scars"):
        goals = [{"indication": one, "zones": ["cheek_lower_left"]}]
        told.append(" ".join(consent_context(context(make_case(SCAR, goals=goals, of_surface=SCAR_SIZE)))["instead"]))
    assert ["For scars, an operation." in text for text in told] == [False, True]


def test_while_a_doctor_decides_the_calendar_names_no_day(make_case: MakeCase) -> None:
    mole = {"changing_naevus": {"zones": ["cheek_upper_left"]}}
    tan = {"sunburn_or_tan": [{"date": "2026-11-18", "kind": "tan", "zones": ["face"]}]}
    assert b"VEVENT" not in make_case({**mole, **tan}).papers["course.ics"]
    assert b"STATUS:TENTATIVE" in make_case(tan).papers["course.ics"]


def test_nobody_with_a_changing_mole_is_told_that_nothing_is_wrong(make_case: MakeCase) -> None:
    mole = {"changing_naevus": {"zones": ["cheek_upper_left"]}}
    for language, urges, soothes in (
        ("en", "without delay", "does not mean"),
        ("ru", "Без промедления", "не означает"),
    ):
        text = whole(make_case(mole, language=language).papers["leaflet.pdf"])
        assert urges in text
        assert soothes not in text


def test_the_letter_to_the_doctor_tells_of_earlier_herpes_too(make_case: MakeCase) -> None:
    case = make_case({"clotting_medicines": "yes", "herpes_history": "yes"})
    assert "Also known earlier herpes" in whole(case.papers["referral.pdf"])


def test_the_leaflet_of_the_evening_speaks_of_hat_and_sun_cream(make_case: MakeCase) -> None:
    for language, says in (("en", "wear a hat. On treated skin no sun cream"), ("ru", "на улице носите шляпу")):
        assert says in whole(make_case(language=language).papers["leaflet.pdf"])


def test_the_sheet_caps_lidocaine_by_weight_and_in_all(make_case: MakeCase) -> None:
    for language, caps in (("en", ("4.5 mg", "300 mg")), ("ru", ("4,5 мг", "300 мг"))):
        said = " ".join(anaesthesia(context(make_case(language=language)))).replace("\u00a0", " ")
        assert all(cap in said for cap in caps)


def test_points_of_two_sides_in_one_line_are_told_to_be_for_each(make_case: MakeCase, knowledge: Knowledge) -> None:
    goals = [{"indication": "rejuvenation", "zones": ["cheek_upper"]}]
    case = make_case(goals=goals, technique="classical_injection")
    note = knowledge.words("en")["settings.each_side"]
    tables = session_context(context(case), "")["settings"]
    assert any(", " in row[1] for row in tables[0]["rows"])
    assert tables[0]["short_note"].startswith(note)
    assert all(note not in one["short_note"] for one in session_context(context(make_case()), "")["settings"])


def test_points_in_a_scar_are_told_to_be_counted_for_the_scar_as_it_was_measured(make_case: MakeCase) -> None:
    goals = [{"indication": "scars", "zones": ["cheek_lower_left"]}]
    case = make_case(SCAR, goals=goals, technique="scar_injection", of_surface=SCAR_SIZE)
    table = settings(context(case))["tables"][0]
    assert "prick in the scar alone" in table["short_note"]
    assert "3 × 0.4 cm: 1.2" in table["rows"][0]
