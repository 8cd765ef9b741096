"""sources.pdf: what stands behind the numbers that are no fact: measured skin, charts, clinic entries, scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesoplan.report.basis import number_bases
from mesoplan.report.typeset import printable

if TYPE_CHECKING:
    from mesoplan.knowledge.model import ThicknessRow
    from mesoplan.prescription.model import Basis
    from mesoplan.report.context import PaperContext

SCALES = {
    "photo+iris": "iris_diameter_mm",
    "canonical": "mean_pupillary_distance_mm",
    "canonical+pd": "mean_pupillary_distance_mm",
}
"""What the scale of a surface rests on, apart from what was measured on the person: a parameter of the surface."""


def number_lines(context: PaperContext) -> list[str]:
    """Return one line for each measurement, chart row, entry of the clinic and scale that a printed number rests on."""
    bases = list(number_bases(context))
    lines = [_line(context, one) for kind in ("surface", "atlas", "chart") for one in bases if one.kind == kind]
    return [line for line in dict.fromkeys([*lines, *_clinic_lines(context, bases)]) if line]


def sources_of_numbers(context: PaperContext) -> set[str]:
    """Return the sources of the knowledge behind those lines."""
    found = set()
    for basis in number_bases(context):
        if basis.kind == "atlas":
            found.add(context.knowledge.thickness[basis.reference].source)
        elif basis.kind == "chart":
            found.add(basis.reference.partition(": ")[0])
    return found


def _line(context: PaperContext, basis: Basis) -> str:
    words, reference = context.words, basis.reference
    if basis.kind == "atlas":
        row = context.knowledge.thickness[reference]
        kind = words(f"kind.{context.knowledge.sources[row.source].kind}")
        note = words.text(row.note)
        head = words("sources.named", source=row.source, kind=kind, locator=context.say.locator(row.locator))
        return " ".join(part for part in (f"{head}: {_thickness(context, row)}.", note) if part)
    if basis.kind == "chart":
        source, _, locator = reference.partition(": ")
        kind = words(f"kind.{context.knowledge.sources[source].kind}")
        depths = {one.thin_max_mm for one in context.knowledge.charts if (one.source, one.locator) == (source, locator)}
        thin = words("sources.chart", depth=words.measure(min(depths), "mm"))
        return f"{words('sources.named', source=source, kind=kind, locator=context.say.locator(locator))}: {thin}."
    return _scale(context, reference)


def _clinic_lines(context: PaperContext, bases: list[Basis]) -> list[str]:
    """Return the entries of the clinic's folder with their source, those of one item and source together."""
    clinic = context.clinic
    if clinic is None:
        return []
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for basis in bases:
        file, _, rest = basis.reference.partition(": ")
        item, _, keys = rest.partition(": ")
        for key in keys.split(", ") if basis.kind == "clinic" else ():
            source = printable(clinic.source_behind(file, item, key))
            found.setdefault((file, item, source), {})[key] = None
    lines = {f"{file}: {item}: {', '.join(keys)}": source for (file, item, source), keys in found.items()}
    return [f"{entry}: {source}." for entry, source in lines.items() if source]


def _thickness(context: PaperContext, row: ThicknessRow) -> str:
    """Return the layer and its published numbers."""
    words = context.words
    parts = [words(f"sources.layer.{row.layer.replace(' ', '_')}")]
    if row.mean_mm is not None:
        parts.append(words("sources.mean", mean=words.measure(row.mean_mm, "mm")))
    if row.sd_mm is not None:
        parts.append(words("sources.sd", sd=words.measure(row.sd_mm, "mm")))
    if row.min_mm is not None and row.max_mm is not None:
        parts.append(words("sources.range", span=words.span(row.min_mm, row.max_mm)))
    return ", ".join(parts)


def _scale(context: PaperContext, basis: str) -> str:
    from mesoplan.surface.parameters import parameters, sources

    name = SCALES.get(basis)
    if name is None:
        return ""
    used = parameters()[name]
    source = next(one for one in sources() if one["id"] == used.source)
    kind, value = context.words(f"kind.{source['kind']}"), context.words.measure(used.value, used.unit)
    english = "" if context.words.language == "en" else f" ({context.words('source.in.en')})"
    title = f"{source['title']}{english}. {source['publisher']}, {source['date']}"
    named = context.words("sources.named", source=title, kind=kind, locator=context.say.locator(used.locator))
    key = f"sources.scale.{name}"
    return f"{named}: {context.words(key, value=value)}."
