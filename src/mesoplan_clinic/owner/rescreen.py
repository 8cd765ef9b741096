"""Screening all open plans again: after the knowledge or anybody's answers changed, whose plan no longer stands."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from django.db import close_old_connections, transaction
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from mesoplan import ProblemError
from mesoplan.record.model import SessionDone
from mesoplan.record.progress import with_sessions_elsewhere
from mesoplan_clinic.accounts.models import Clinic, Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import knowledge_of, screener_of
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.intakes.selectors import parsed
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.owner.models import Rescreening
from mesoplan_clinic.plans.aim import affected_by
from mesoplan_clinic.plans.book import Opened, opened, sessions_in
from mesoplan_clinic.plans.models import Course, Plan

_BATCH = 100
_LAST = 15
_SIGNED = Intake.objects.filter(state=Intake.State.SIGNED).defer("signature_sealed").order_by("-number")
_KEPT_AS = "signed_intakes"
"""Attribute of a client that holds the signed intakes."""
_ANSWERS = (Prefetch("client__intakes", _SIGNED, _KEPT_AS), "client__decisions", "client__allergytests")
INTERRUPTED_AFTER = timedelta(minutes=1)
UNREADABLE, NO_ANSWERS, BROKEN = "unreadable", "no_answers", "record_broken"
_log = logging.getLogger(__name__)


def start(clinic: Clinic, member: Member | None) -> Rescreening:
    """Start a run in the background and return it; one that is under way is returned instead."""
    now = clock.now()
    running = clinic.rescreenings.filter(finished_at=None, beat_at__gt=now - INTERRUPTED_AFTER).first()
    if running is not None:
        return running
    run = Rescreening.objects.create(
        clinic=clinic,
        started_at=now,
        started_by=member,
        beat_at=now,
        knowledge_version=knowledge_of(clinic).version,
        total=_open_courses(clinic).count(),
    )
    transaction.on_commit(lambda: threading.Thread(target=_in_background, args=(run.pk,), daemon=True).start())
    return run


def _in_background(pk: UUID) -> None:
    _after_the_others()
    close_old_connections()
    try:
        rescreen(Rescreening.objects.select_related("clinic").get(pk=pk))
    except Exception:  # a thread has nobody else to tell; the page shows that the run stands still
        _log.exception("re-screening %s was interrupted", pk)
    finally:
        close_old_connections()


def _after_the_others() -> None:
    """Let whoever waits for a page go first; elsewhere than on Linux a priority is a whole process's."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LAST)


def rescreen(run: Rescreening) -> None:
    """Screen every open plan of the run's clinic for today, mark those that are affected, and keep the progress."""
    on = clock.today(run.clinic)
    for batch in _batches(run.clinic):
        changed = _changed(batch, on)
        with transaction.atomic():
            for plan in changed:
                Plan.objects.filter(pk=plan.pk).update(affected=plan.affected)
            run.done += len(batch)
            run.affected += sum(bool(plan.affected) for plan in batch)
            run.beat_at = clock.now()
            run.save(update_fields=["done", "affected", "beat_at"])
    run.finished_at = clock.now()
    run.save(update_fields=["finished_at"])


def _changed(plans: list[Plan], on: date) -> list[Plan]:
    """Judge plans for a day, and return those for which that is another answer than before."""
    records = _records(plans)
    return [plan for plan in plans if _judged(plan, on, records.get(plan.client_id, []))]


def _records(plans: list[Plan]) -> dict[UUID, list[Opened]]:
    """Return client -> the records of their courses: two statements for all of them."""
    clients = {plan.client_id for plan in plans}
    courses = dict(Course.objects.filter(client__in=clients).order_by().values_list("pk", "client_id"))
    found: dict[UUID, list[Opened]] = {}
    for one in opened(Course.objects.filter(pk__in=list(courses))):
        found.setdefault(courses[one.course], []).append(one)
    return found


def _judged(plan: Plan, on: date, records: list[Opened]) -> bool:
    """Set why a plan is affected; return whether that is another answer than before.

    Sessions of the client's other courses count, as when it is made anew; its own course's are what it goes on from.
    Over a broken record, its own too, it would not be made anew.
    """
    before = list(plan.affected)
    signed: list[Intake] = getattr(plan.client, _KEPT_AS)
    if any(one.broken is not None for one in records):
        plan.affected = [BROKEN]
    elif not signed:
        plan.affected = [NO_ANSWERS]
    else:
        try:
            done: list[SessionDone] = sessions_in(records, without=plan.course_id)
            answers = with_sessions_elsewhere(parsed(signed[0]), done)
            plan.affected = affected_by(plan.aim, screener_of(plan.client.clinic).screen(answers, on))
        except ProblemError:
            plan.affected = [UNREADABLE]
    return json.dumps(before) != json.dumps(plan.affected)


def _open_courses(clinic: Clinic) -> QuerySet[Course]:
    return Course.objects.filter(client__clinic=clinic, state=Course.State.OPEN, plans__isnull=False).distinct()


def _batches(clinic: Clinic) -> Iterator[list[Plan]]:
    keys = _newest_of(_open_courses(clinic))
    for start_at in range(0, len(keys), _BATCH):
        yield _plans(keys[start_at : start_at + _BATCH])


def _newest_of(courses: QuerySet[Course]) -> list[UUID]:
    newest = Plan.objects.filter(course=OuterRef("pk")).order_by("-number").values("pk")[:1]
    return list(courses.annotate(newest=Subquery(newest)).order_by("pk").values_list("newest", flat=True))


def _plans(keys: list[UUID]) -> list[Plan]:
    chosen = Plan.objects.filter(pk__in=keys).select_related("client__clinic")
    return list(chosen.prefetch_related(*_ANSWERS).defer("plan_sealed"))


def judge_client(client: Client) -> list[Plan]:
    """Judge a client's open plans for today, keep what is found, and return those that are affected."""
    plans = _plans(_newest_of(_open_courses(client.clinic).filter(client=client)))
    for plan in _changed(plans, clock.today(client.clinic)):
        Plan.objects.filter(pk=plan.pk).update(affected=plan.affected)
    return [plan for plan in plans if plan.affected]


def start_where_knowledge_changed() -> list[Rescreening]:
    """Start a run for every clinic whose open plans were made or last looked at with another knowledge base."""
    started = []
    for clinic in Clinic.objects.all():
        newest = _newest_of(_open_courses(clinic))
        last = clinic.rescreenings.filter(finished_at__isnull=False).first()
        if last is None:
            made = Plan.objects.filter(pk__in=newest).values_list("screening__knowledge_version", flat=True)
            known = set(made)
        else:
            known = {last.knowledge_version}
        if newest and known != {knowledge_of(clinic).version}:
            started.append(start(clinic, None))
    return started


def affected_plans(clinic: Clinic) -> list[Plan]:
    """Return the newest plans of open courses that must be looked at."""
    found = [plan for batch in _batches(clinic) for plan in batch if plan.affected]
    return sorted(found, key=lambda one: one.client.name)
