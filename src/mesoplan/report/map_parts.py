"""The texts of the map in space as HTML: everything that it says stands in the page, also without its script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from mesoplan.report.words import EN_DASH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mesoplan.report.map_content import MapContent, MapCover, ZoneCard
    from mesoplan.report.words import Words

_MANY_SESSIONS = 8


def warnings(content: MapContent, words: Words) -> str:
    """Return what must be known first, the state of the sides before all."""
    side = content.punctures.skin.side
    found = [f'<p class="warning note">{escape(line)}</p>' for line in content.warnings]
    if side == "confirmed":
        return "".join(found)
    key = f"side.{side.replace(' ', '_')}"
    note = "" if side == "not confirmed" else " note"
    text = f"<strong>{escape(words(key))}</strong>{escape(words(f'{key}_text'))}"
    return "".join([f'<p class="warning{note}" id="side-state">{text}</p>', *found])


def said(content: MapContent, words: Words) -> dict[str, list[str] | str]:
    """Return what the page says when it shows another session or another place."""
    each = content.punctures.count().sum(axis=0).tolist()
    n = len(each)
    alone = [words.count("view.count", each[k]) for k in range(n)]
    together = [words.count("view.count", sum(each[: k + 1])) for k in range(n)]
    return {
        "session": [words("view.session", k=k + 1, n=n) for k in range(n)],
        "alone": [words("view.said.alone", k=k + 1, n=n, count=alone[k]) for k in range(n)],
        "together": [words("view.said.together", k=k + 1, n=n, count=together[k]) for k in range(n)],
        "none": words("view.none"),
        "outside": words("view.outside"),
    }


def session_buttons(content: MapContent, words: Words) -> str:
    """Return a button for each session: its colour, name and number of punctures."""
    each = content.punctures.count().sum(axis=0).tolist()
    names = content.session_names or ("",) * len(each)
    buttons = []
    for k, (many, name) in enumerate(zip(each, names, strict=True)):
        label = words("view.session_short", k=k + 1) + (f" {EN_DASH} {name}" if name else "")
        parts = f'<span class="chip s{k}"></span><span class="name">{escape(label)}</span>'
        parts += f'<span class="many">{escape(words.number(many, 0))}</span>'
        buttons.append(f'<button type="button" data-session="{k}">{parts}</button>')
    return "".join(buttons)


def covers(content: MapContent, words: Words) -> str:
    """Return the cover after each session; the ideal never stands alone."""
    lines = []
    for k, cover in enumerate(content.cover):
        text = words("view.cover.unknown", k=k + 1) if cover is None else _cover(k, cover, words)
        ideal = ""
        if cover is not None and cover.ideal is not None:
            ideal = f"<br>{escape(words('view.cover.ideal', cover=words.percent(cover.ideal, 1)))}"
        lines.append(f'<p class="cover" data-cover="{k}">{text if cover is None else text + ideal}</p>')
    return "".join(lines)


def _cover(k: int, cover: MapCover, words: Words) -> str:
    more = []
    if cover.sigma_mm is not None:
        more.append(words("view.cover.sigma", sigma=words.measure(cover.sigma_mm, "mm")))
    if cover.low is not None and cover.high is not None:
        more.append(words("view.cover.spread", span=words.percent_span(cover.low, cover.high)))
    head = words("view.cover.of", k=k + 1, cover=words.percent(cover.expected, 1))
    return f"<strong>{escape(head)}</strong>{escape('; '.join(more))}"


def size_line(content: MapContent, words: Words, every: int) -> str:
    """Return how large a dot is, and that not all are drawn where that is so."""
    if content.mode == "points":
        return words("view.size.points")
    diameter = words.measure(content.punctures.diameter_mm, "mm")
    line = words("view.size.near", diameter=diameter)
    return line if every == 1 else f"{words('view.thinned', n=words.number(every, 0))} {line}"


def card_of(content: MapContent, zone: str) -> ZoneCard:
    """Return what is told of a zone; one that nothing is told of is called by its id."""
    from mesoplan.report.map_content import ZoneCard

    return content.cards.get(zone, ZoneCard(zone))


def treated(content: MapContent) -> list[int]:
    """Return the zones that have punctures, in the order of the skin."""
    return [at for at, many in enumerate(content.punctures.count().sum(axis=1).tolist()) if many]


def zone_buttons(content: MapContent) -> str:
    """Return a button for each zone that has punctures."""
    zones = content.punctures.skin.zones
    return "".join(
        f'<button type="button" data-zone="{at}">{escape(card_of(content, zones[at]).name)}</button>'
        for at in treated(content)
    )


def cards(content: MapContent, words: Words) -> str:
    """Return what is told of each zone, those without punctures too, since skin of theirs can be chosen."""
    counts = content.punctures.count()
    result = []
    for at, zone in enumerate(content.punctures.skin.zones):
        card, each = card_of(content, zone), counts[at].tolist()
        rows = list(card.rows)
        rows += [(words("view.session_short", k=k + 1), words.count("view.count", many)) for k, many in enumerate(each)]
        told = _pairs(rows) if any(each) else f"{_pairs(card.rows)}<p>{escape(words('view.no_punctures'))}</p>"
        result.append(f'<section class="card" data-card="{at}"><h3>{escape(card.name)}</h3>{told}</section>')
    return "".join(result)


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    pairs = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in rows)
    return f"<dl>{pairs}</dl>" if pairs else ""


def keys(words: Words) -> str:
    """Return the keys and gestures as a list."""
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in words("view.keys").splitlines()) + "</ul>"


def table(content: MapContent, words: Words) -> str:
    """Return the punctures by zone and session, for whoever sees no scene."""
    counts, zones = content.punctures.count(), content.punctures.skin.zones
    sessions = [words("view.session_short", k=k + 1) for k in range(content.punctures.sessions)]
    head = "".join(
        f'<th scope="col">{escape(text)}</th>'
        for text in (words("view.table.zone"), *sessions, words("view.table.all"))
    )
    body = "".join(_row(card_of(content, zones[at]).name, counts[at].tolist(), words) for at in treated(content))
    total = _row(words("view.table.total"), counts.sum(axis=0).tolist(), words)
    caption = f"<caption>{escape(words('view.table.caption'))}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody><tfoot>{total}</tfoot></table>"


def _row(name: str, each: list[int], words: Words) -> str:
    cells = "".join(f"<td>{escape(words.number(many, 0))}</td>" for many in (*each, sum(each)))
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'
