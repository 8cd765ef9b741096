"""Consents: what a person signs before a technique, in plain words, under a version of its own."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from mesoplan.knowledge.model import Model, Text


class ConsentPoint(Model):
    """One sentence that rests on a fact; `{value}` in it stands for the fact's number."""

    text: Text
    fact: str | None = None
    """None where it says nothing of the world: a right, a wish, what the paper itself does."""


class ConsentTechnique(Model):
    """One technique that a consent covers, said so that a client understands it."""

    technique: str
    text: Text
    fact: str | None = None


class Consent(Model):
    """The wording that a client signs for one technique or several of a kind.

    Everything that prints the same for every client belongs to the version: what is here, the side effects, and the
    words of the paper. Whoever changes one of them raises `version` and sets `issued`; a test compares the wording.
    """

    id: str
    title: Text
    version: Annotated[int, Field(ge=1)]
    issued: date
    """The day from which this version is used."""
    techniques: tuple[ConsentTechnique, ...] = Field(min_length=1)
    cannot: tuple[ConsentPoint, ...] = Field(min_length=1)
    """What it cannot promise."""
    about_risks: ConsentPoint | None = None
    """What to know about the list of side effects, where it was not made for this technique."""
    instead: tuple[ConsentPoint, ...] = Field(min_length=1)
    """What may be done instead."""
    duties: tuple[ConsentPoint, ...] = ()
    """What the client has to do beyond what every consent asks."""
