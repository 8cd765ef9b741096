"""What every paper starts from: the plan in one language, who it is for, and how its zones stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mesoplan.knowledge.verdict import SEVERITY, TREATABLE, Verdict
from mesoplan.plan import READY, reasons_of_layout
from mesoplan.report.findings import SYMBOLS, FindingWords, Group, cautions, cells_shown, findings_in, grouped
from mesoplan.report.names import Names, client_born, client_identifier, client_name, zone_order
from mesoplan.report.typeset import printable
from mesoplan.report.words import NBSP, Words

if TYPE_CHECKING:
    from datetime import date

    from mesoplan.clinic.model import Clinic, Product
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.plan import Plan
    from mesoplan.screening.model import Cell

TONES: dict[Verdict, str] = {
    Verdict.CLEARED: "treat",
    Verdict.CAUTION: "treat",
    Verdict.NEEDS_INFO: "info",
    Verdict.DEFER: "defer",
    Verdict.PHYSICIAN: "doctor",
    Verdict.CONTRAINDICATED: "no",
}
HEAD_CHARACTERS = 90
SETTINGS_FOR = frozenset({*TREATABLE, Verdict.DEFER})
"""Headlines under which settings are printed; DEFER's are provisional."""


@dataclass(frozen=True)
class PaperContext:
    """A plan with what is needed to say it: one language, the names, the findings that count.

    Attributes:
        plan: The plan.
        knowledge: Where facts and texts come from.
        clinic: The clinic's folder, None without one.
        thumbnail: SVG of the client's photo for the head of each page, empty without a photo.
    """

    plan: Plan
    knowledge: Knowledge
    clinic: Clinic | None
    thumbnail: str = ""
    words: Words = field(init=False)
    names: Names = field(init=False)
    say: FindingWords = field(init=False)

    def __post_init__(self) -> None:
        """Take the plan's language."""
        words = Words(self.knowledge, self.plan.language)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "names", Names(self.knowledge, words))
        object.__setattr__(self, "say", FindingWords(self.knowledge, words))

    # -- how it stands

    @cached_property
    def technique(self) -> str | None:
        """The technique that the plan goes on with, None without one."""
        proposed = [one.technique for one in self.plan.prescription.techniques if one.proposed]
        return proposed[0] if proposed else next((zone.technique for zone in self.plan.prescription.zones), None)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that the plan speaks of."""
        return cells_shown(self.plan.screening, self.technique)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The findings that count in those cells, grouped, strictest first."""
        return grouped(findings_in(self.plan.screening, self.cells))

    @cached_property
    def zone_cells(self) -> dict[str, Cell]:
        """Goal zone -> its mildest cell, in the order of zones, the patient's right first."""
        found: dict[str, Cell] = {}
        for cell in self.cells:
            if cell.zone is not None:
                known = found.get(cell.zone)
                if known is None or SEVERITY[cell.headline] < SEVERITY[known.headline]:
                    found[cell.zone] = cell
        return {zone: found[zone] for zone in zone_order(self.knowledge, found)}

    @cached_property
    def headline(self) -> Verdict:
        """The mildest headline of those cells: what the best of the zones allows."""
        if not self.cells:
            return self.plan.screening.headline
        return min((cell.headline for cell in self.cells), key=SEVERITY.__getitem__)

    @property
    def verdict(self) -> Verdict:
        """The headline to be shown: a mild one counts as NEEDS_INFO while an answer is missing beside it."""
        return self.headline if self.may_treat or self.headline not in TREATABLE else Verdict.NEEDS_INFO

    @property
    def may_treat(self) -> bool:
        """Whether any zone may be treated by the plan's technique."""
        return any(cell.may_treat for cell in self.cells)

    @cached_property
    def unplanned(self) -> dict[str, str]:
        """Zone that may be treated but is not planned -> why, as a word key: not served, size not known ..."""
        reasons = dict(self.plan.prescription.left_out)
        may = [zone for zone, cell in self.zone_cells.items() if cell.may_treat]
        return {zone: reasons[zone] for zone in may if zone in reasons}

    @property
    def settings_shown(self) -> bool:
        """Whether settings may be printed: not while answers are missing or a doctor decides, nor without a clinic."""
        return self.headline in SETTINGS_FOR and self.clinic is not None and bool(self.plan.prescription.zones)

    @property
    def provisional(self) -> bool:
        """Whether what is printed holds only once the person may be treated."""
        return not self.may_treat or self.plan.prescription.provisional

    @cached_property
    def sheet_reasons(self) -> tuple[str, ...]:
        """Why no session sheet may be printed, as word keys; empty where it may.

        The plan's own reasons, and again what its layout shows: a plan read back from a file may have been altered.
        """
        plan = self.plan
        found = [key for key in plan.session_sheet if key != READY]
        return tuple(dict.fromkeys((*found, *reasons_of_layout(plan.prescription, plan.layout))))

    @property
    def sheet_ready(self) -> bool:
        """Whether the next session's sheet is printed."""
        return not self.sheet_reasons

    @property
    def chosen_products(self) -> tuple[Product, ...]:
        """The clinic's products that the plan goes on with, in the order of their zones."""
        names = dict.fromkeys(zone.product for zone in self.plan.prescription.zones if zone.product)
        products = self.clinic.products if self.clinic else {}
        return tuple(products[name] for name in names if name in products)

    @cached_property
    def doctors(self) -> tuple[Group, ...]:
        """The findings on which a doctor must decide in writing."""
        return tuple(one for one in self.groups if one.verdict is Verdict.PHYSICIAN)

    @cached_property
    def referred(self) -> tuple[Group, ...]:
        """The findings that refuse the treatment and send the client to a doctor for their own sake."""
        rules = self.knowledge.rules
        return tuple(
            one
            for one in self.groups
            if one.verdict is Verdict.CONTRAINDICATED
            and (rule := rules.get(one.first.rule)) is not None
            and rule.refer is not None
        )

    @cached_property
    def cautions(self) -> tuple[Group, ...]:
        """What is to be observed when these cells are treated."""
        return cautions(self.groups)

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Questions still to ask for these cells, in the intake's order."""
        named = {question for cell in self.cells for question in cell.missing}
        return tuple(question for question in self.plan.screening.missing if question in named)

    @property
    def eligible_from(self) -> date | None:
        """The earliest date over the cells, None when no cell has one."""
        return min((cell.eligible_from for cell in self.cells if cell.eligible_from), default=None)

    @property
    def at_home(self) -> bool:
        """Whether the plan is for the client's own home, with nothing done in the clinic."""
        names = {zone.technique for zone in self.plan.prescription.zones} or {self.technique} - {None}
        return bool(names) and all(self.knowledge.techniques[one].at_home for one in names if one is not None)

    # -- words

    def asked(self, question: str) -> str:
        """Return a question still to ask, with what was answered where a part is missing."""
        return printable(self.say.asked(question, self.plan.intake))

    def said(self, key: str) -> str:
        """Return the words of another stage's key; what follows a colon is put in: a limit, zone, substance or name."""
        name, _, argument = key.partition(":")
        if not argument:
            return self.words(name)
        knowledge = self.knowledge
        if f"limit.{argument}" in self.words:
            shown = self.words(f"limit.{argument}")
        elif argument in knowledge.zones:
            shown = self.words.text(knowledge.zones[argument].name)
        elif argument in knowledge.substances:
            shown = self.words.text(knowledge.substances[argument].name)
        else:
            shown = printable(argument)
        return self.words(name, name=shown)

    def status(self, cell: Cell) -> dict[str, str]:
        """Return a cell's status: tone, sign and words."""
        verdict = cell.headline
        if cell.zone in self.unplanned:
            return {"tone": "left_out", "sign": "\u2013", "label": self.words("status.left_out")}
        tone = TONES[verdict] if cell.may_treat or verdict not in TREATABLE else "info"
        return {"tone": tone, "sign": SYMBOLS[verdict], "label": self.words(f"status.{tone}")}

    def badge(self, verdict: Verdict) -> dict[str, str]:
        """Return a verdict's tone, sign and short words."""
        return {
            "tone": TONES[verdict],
            "sign": SYMBOLS[verdict],
            "verdict": self.words(f"verdict.{verdict.value}.short"),
        }

    def word_family(self, *prefixes: str) -> dict[str, str]:
        """Return the words of several families by their whole key, for a template."""
        found = {}
        for prefix in prefixes:
            found.update({f"{prefix}.{rest}": words for rest, words in self.words.family(prefix).items()})
        return found

    def born(self, key: str = "client.born") -> str:
        """Return the birth date with the age, or that it is not known; `key` gives the words around it."""
        return client_born(self.words, self.plan.intake.client, self.plan.on, key)

    def client_name(self) -> str:
        """Return the client's name as it can be printed, or that there is none."""
        return client_name(self.words, self.plan.intake.client)

    def client_identifier(self) -> str:
        """Return the second identifier, or that there is none."""
        return client_identifier(self.words, self.plan.intake.client)

    def clinic_name(self) -> str:
        """Return the clinic's name, or that there is no clinic folder."""
        return printable(self.plan.clinic) if self.plan.clinic else self.words("clinic.none")

    def frame(self, paper: str, foot: str = "") -> dict[str, Any]:
        """Return what stands on every page of a paper: identity, title, clinic, date, EXAMPLE, foot.

        Args:
            paper: plan, session, leaflet, home, referral, consent or sources.
            foot: The first line of the foot; empty for the paper's own.
        """
        plan, words = self.plan, self.words
        title = words(f"{paper}.title")
        name = self.client_name()
        head_name = name if len(name) <= HEAD_CHARACTERS else f"{name[:HEAD_CHARACTERS]}\u2026"
        return {
            "language": plan.language,
            "title": title,
            "document_title": f"{title}: {name}, {words.day(plan.on)}",
            "date": [plan.on.year, plan.on.month, plan.on.day],
            "client": {
                "name": head_name,
                "identifier": self.client_identifier(),
                "born": self.born().replace(" ", NBSP),
            },
            "clinic_line": f"{self.clinic_name()} \u00b7 {words.day(plan.on)}",
            "example": words("example.mark") if plan.clinic_is_example else "",
            "thumbnail": self.thumbnail,
            "thumbnail_alt": words("photo.alt", name=name),
            "foot": [
                foot or words(f"foot.{paper}", day=words.day(plan.screening.valid_until)),
                words("foot.knowledge", version=plan.screening.knowledge_version),
            ],
            "page_word": words("page") + NBSP,
            "w": self.word_family(paper, "side"),
        }
