"""plan.pdf, the page on quality: how often skin is hit, cover with its error, worst cases, distances, margins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from mesoplan.report.context import PaperContext
from mesoplan.report.space_tables import plates_part, work_part
from mesoplan.report.typeset import printable
from mesoplan.report.words import EN_DASH, sentence
from mesoplan.report.zone_tables import may_show

if TYPE_CHECKING:
    from mesoplan.layout.quality import Quality, Tightest, ZoneQuality

SHOWN_SESSIONS = 6
_HITS = ("0", "1", "2", "3", "4")


def quality_page(context: PaperContext) -> dict[str, Any]:
    """Return the page on quality; not shown where no settings are."""
    quality = context.plan.quality
    shown = shown_zones(context)
    if quality is None or not shown:
        return {"shown": False}
    words = context.words
    covering = [one for one in shown if one.hits is not None and one.course_hits is not None]
    return {
        "shown": True,
        "intro": _intro(context, shown),
        "totals": _totals(context, quality),
        "hits": _hits(context, covering),
        "cover": _cover(context, [one for one in shown if one.course]),
        "cover_note": _cover_note(context, [one for one in shown if one.course]),
        "worst": _worst(context, quality, shown),
        "near": _near(context, shown),
        "work": work_part(context),
        "plates": plates_part(context),
        "margins": _margins(context, quality),
        "head": {
            key: words(f"quality.{key}")
            for key in ("title", "hits", "cover", "worst", "near", "plates", "work", "margins")
        },
        "notes": _notes(context, shown),
    }


def shown_zones(context: PaperContext) -> list[ZoneQuality]:
    """Return the quality of the zones whose settings are printed, the patient's right first."""
    quality = context.plan.quality
    if quality is None or not context.settings_shown:
        return []
    may = {zone.zone for zone in context.plan.prescription.zones if may_show(context, zone)}
    found = {one.zone: one for one in quality.zones if one.zone in may}
    return [found[zone] for zone in context.zone_cells if zone in found]


def _intro(context: PaperContext, shown: Iterable[ZoneQuality]) -> str:
    known = dict.fromkeys(one.known if one.course else "counted" for one in shown)
    return " ".join(context.words(f"quality.known.{one}") for one in known)


def _notes(context: PaperContext, shown: list[ZoneQuality]) -> dict[str, str]:
    """Return what to know about each table; of a hand only where one glides, of a head only where there is one."""
    words, layout = context.words, context.plan.layout
    hand = [words("quality.hand_note")] if any(one.speed for one in shown) else []
    head = layout.pen or layout.stamp or layout.roller
    return {
        "hits": words("quality.hits_note") if any(_course_sessions(one) > 1 for one in shown) else "",
        "worst": " ".join([*hand, words("quality.worst_note")]),
        "near": words("quality.near_note") if head else "",
    }


def _together(
    context: PaperContext, zones: Iterable[ZoneQuality], tell: Callable[[ZoneQuality], Any]
) -> list[tuple[str, ZoneQuality]]:
    """Return (zones in words, one of them) for zones of which the same is told."""
    found: dict[Any, list[ZoneQuality]] = {}
    for zone in zones:
        found.setdefault(repr(tell(zone)), []).append(zone)
    return [(_where(context, [one.zone for one in same]), same[0]) for same in found.values()]


def _where(context: PaperContext, zones: Iterable[str]) -> str:
    """Return zones in words, all that are shown as such."""
    named = list(zones)
    if len(named) > 1 and {one.zone for one in shown_zones(context)} <= set(named):
        return sentence(context.words("quality.all_zones"))
    return sentence(context.names.zones(named))


def _totals(context: PaperContext, quality: Quality) -> list[dict[str, str]]:
    words, totals = context.words, quality.totals
    values = (
        ("area", words.measure(totals.area_cm2, "cm2", 1)),
        ("punctures", None if totals.punctures is None else words.number(round(totals.punctures, -1), 0)),
        ("points", None if totals.points is None else words.number(totals.points, 0)),
        ("volume", None if totals.volume_ml is None else words.measure(totals.volume_ml, "ml")),
        ("minutes", None if totals.minutes is None else words.measure(totals.minutes, "min", 0)),
    )
    return [{"label": words(f"quality.total.{key}"), "value": value} for key, value in values if value is not None]


# -- how often the skin is hit


def _hits(context: PaperContext, zones: list[ZoneQuality]) -> dict[str, Any]:
    """Return the histogram of each zone, of one session and of the course, with the shares of its bar."""
    words, rows = context.words, []
    for where, zone in _together(context, zones, lambda one: (_shares(one.hits), _shares(one.course_hits))):
        course = (
            [("course", zone.course_hits)] if _course_sessions(zone) > 1 else []
        )  # one session is the course itself
        for key, shares in (("session", zone.hits), *course):
            label = words("quality.hits.session") if key == "session" else _course(context, zone)
            shown = [words.at_least_shown(share * 100, 0) for share in shares or ()]
            rows.append({"where": where if key == "session" else "", "label": label, "bar": shares, "shown": shown})
    heads = [words("quality.where"), "", "", *(words(f"quality.hits.{one}") for one in _HITS)]
    return {"rows": rows, "head": heads}


def _shares(shares: tuple[float, ...] | None) -> list[float]:
    return [round(one, 4) for one in shares or ()]


def _course(context: PaperContext, zone: ZoneQuality) -> str:
    return context.words.count("quality.hits.course", _course_sessions(zone))


def _course_sessions(zone: ZoneQuality) -> int:
    return zone.course[-1].session if zone.course else 1


# -- cover


def _cover(context: PaperContext, zones: list[ZoneQuality]) -> dict[str, Any]:
    """Return the cover after each session with its spread, and the ideal beside it where there is one."""
    words, rows = context.words, []
    numbers = _sessions(max((one.course[-1].session for one in zones), default=0))
    for where, zone in _together(context, zones, lambda one: [round(after.mean, 3) for after in one.course]):
        after = {one.session: one for one in zone.course}
        cells = []
        for number in numbers:
            one = after.get(number)
            text = EN_DASH
            if one is not None:
                text = f"{words.number(one.mean * 100, 0)} ({words.span(one.low * 100, one.high * 100, 0)})"
                text += "" if one.ideal is None else f" [{words.number(one.ideal * 100, 0)}]"
            cells.append(text)
        sigma = EN_DASH if zone.sigma_mm is None else words.measure(zone.sigma_mm, "mm")
        rows.append([where, sigma, *cells])
    head = [words("quality.where"), words("quality.sigma"), *(words("cover.after", number=one) for one in numbers)]
    return {"head": head, "columns": ["1.6", "auto", *("1" for _ in numbers)], "rows": rows}


def _sessions(last: int) -> list[int]:
    """Return the sessions that have a column: all of a short course; the first ones, the middle and the last."""
    if last <= SHOWN_SESSIONS:
        return list(range(1, last + 1))
    return [1, 2, 3, (3 + last) // 2, last - 1, last]


def _cover_note(context: PaperContext, zones: list[ZoneQuality]) -> str:
    """Return what other registration errors would make of the course."""
    words, parts = context.words, []
    by_chance = [one for one in zones if one.known == "statistical" and one.registration]
    if by_chance:
        sigmas = ", ".join(words.number(one.sigma_mm) for one in by_chance[0].registration)
        parts.append(words("quality.registration.statistical", sigmas=sigmas))
    measured = [one for one in zones if one.known == "measured" and one.registration]
    if measured:
        covers = "; ".join(
            words("quality.registration.pair", sigma=words.measure(sigma, "mm"), cover=_percents(context, shares))
            for sigma, shares in _by_sigma(measured).items()
        )
        where = _where(context, [one.zone for one in measured])
        parts.append(words("quality.registration.measured", zones=where, covers=covers))
    return " ".join(parts)


def _by_sigma(zones: Iterable[ZoneQuality]) -> dict[float, list[float]]:
    """Return the covers of the course in all zones, by the registration error they hold for."""
    found: dict[float, list[float]] = {}
    for zone in zones:
        for one in zone.registration:
            found.setdefault(one.sigma_mm, []).append(one.cover)
    return found


def _percents(context: PaperContext, shares: list[float]) -> str:
    """Return one percentage, or the lowest and the highest where zones differ."""
    words = context.words
    low, high = words.percent(min(shares)), words.percent(max(shares))
    return high if low == high else f"{words.number(min(shares) * 100, 0)}{EN_DASH}{high}"


# -- if it goes otherwise


def _worst(context: PaperContext, quality: Quality, shown: list[ZoneQuality]) -> dict[str, Any]:
    """Return what a slower and a faster hand and a missed depth would do, and which limits would be passed."""
    words = context.words
    passed: dict[str, list[str]] = {}
    for one in quality.passed:
        by = words.measure(one.by, one.unit)
        text = words(f"quality.passed.{one.case}", limit=words(f"limit.{one.name}"), by=by)
        passed.setdefault(one.zone, []).append(text)
    rows = []
    telling = [one for one in shown if one.speed or one.depth or one.zone in passed]
    gliding = any(one.speed for one in telling)
    alike = _together(context, telling, lambda one: (one.speed, one.depth, passed.get(one.zone)))
    for where, zone in alike:
        cases = sorted(zone.speed, key=lambda one: one.factor)
        speeds = [
            words(
                "quality.speed",
                session=words.number(one.cover * 100, 0),
                course=words.number(one.course_cover * 100, 0),
                twice=words.at_least_shown(one.twice_or_more * 100, 0),
            )
            for one in cases
        ] or ([EN_DASH, EN_DASH] if gliding else [])
        depth = EN_DASH
        if zone.depth is not None:
            span = words.span(zone.depth.shallowest_mm, zone.depth.deepest_mm)
            depth = words("quality.depth", planned=words.number(zone.depth.planned_mm), span=span)
        rows.append([where, *speeds, depth, sentence("; ".join(passed.get(zone.zone, ()))) or words("quality.nothing")])
    if "" in passed:
        between = [""] * (3 if gliding else 1)
        rows.append([sentence(words("limits.session")), *between, sentence("; ".join(passed[""]))])
    columns = ["1.15", *(["1", "1"] if gliding else []), "0.85", "1.75"]
    return {"head": _worst_head(context, shown), "columns": columns, "rows": rows}


def _worst_head(context: PaperContext, shown: list[ZoneQuality]) -> list[str]:
    words = context.words
    factor = next((one.speed[0].factor for one in shown if one.speed), None)
    by = "" if factor is None else words.percent(abs(1.0 - factor))
    speeds = [words(f"quality.{one}", by=by) for one in ("slower", "faster") if by]
    tolerance = next((one.depth.tolerance_mm for one in shown if one.depth is not None), None)
    depth = EN_DASH if tolerance is None else words("quality.deeper", by=words.measure(tolerance, "mm"))
    return [words("quality.where"), *speeds, depth, words("quality.would_pass")]


# -- distances and margins


def _near(context: PaperContext, shown: list[ZoneQuality]) -> dict[str, Any]:
    """Return how near each zone comes to skin that is never treated."""
    words, rows = context.words, []
    for where, zone in _together(context, [one for one in shown if one.clearances], lambda one: one.clearances):
        for one in zone.clearances:
            what = words(f"quality.near.{one.what}", given=printable(one.given))
            distance = words.measure(one.distance_mm, "mm")
            rows.append([where, what, words(f"quality.near.{zone.known}", distance=distance)])
    head = [words(f"quality.{key}") for key in ("where", "near.what", "near.distance")]
    return {"head": head, "columns": ["1.2", "1.6", "1"], "rows": rows}


def _margins(context: PaperContext, quality: Quality) -> dict[str, Any]:
    """Return every limit where its margin is smallest, the tightest first."""
    words = context.words
    head = [words(f"quality.margin.{key}") for key in ("limit", "planned", "most", "left", "where")]
    rows = [_margin(context, one) for one in quality.limits]
    return {"head": head, "columns": ["1.7", "auto", "auto", "auto", "1.6"], "rows": rows}


def _margin(context: PaperContext, one: Tightest) -> list[str]:
    words, limit = context.words, one.limit
    share = limit.margin / limit.limit if limit.limit > 0.0 else 0.0
    left = words("quality.margin.broken") if limit.margin < 0.0 else words.percent(share)
    name = words(f"limit.{limit.name}")
    where = _where(context, one.zones) if one.zones else sentence(words("limits.session"))
    return [
        sentence(name if limit.absolute else words("quality.margin.soft", name=name)),
        words.measure(limit.planned, limit.unit),
        words.measure(limit.limit, limit.unit),
        left,
        where,
    ]
