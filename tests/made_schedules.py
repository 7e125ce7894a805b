"""Schedules made by hand, for tests of the writers: no planner, so that its mistakes cannot hide theirs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from trialcal.days import Duration, StudyDays
from trialcal.problems import Problem
from trialcal.protocol import Protocol, Source, Visit
from trialcal.schedule import VISIT_FIELDS, Schedule, ScheduledLookback, ScheduledPeriod, ScheduledVisit
from trialcal.site import Site
from trialcal.subject import Dated, Subject
from trialcal.timing import OnDay

NOW = datetime(2025, 2, 1, 12, 0, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
EMPTY: dict[str, Any] = {
    "type": "", "epoch": "", "reference": "", "status": "planned", "activities": (), "assumed": {}, "source": {},
    "notes": (),
}  # fmt: skip


def made_visit(id: str, on: date | None = None, **fields: Any) -> ScheduledVisit:
    """Make a visit that is planned `on` a date, its target; every other field is empty unless given."""
    values = dict.fromkeys(VISIT_FIELDS) | EMPTY | {"id": id, "name": id, "planned": on, "target": on}
    return ScheduledVisit(**(values | fields))


def made_period(id: str, start: date | None, end: date | None, **fields: Any) -> ScheduledPeriod:
    values = {"end_not_before": None, "end_pending_on": "", "assumed": {}, "source": {}, "notes": ()}
    return ScheduledPeriod(**({"id": id, "name": id, "start": start, "end": end} | values | fields))


def made_lookback(id: str, **fields: Any) -> ScheduledLookback:
    values: dict[str, Any] = {"first": None, "last_permitted": None, "applies_to": "", "exceptions": ""}
    values |= {"name": id, "kind": "discontinued", "before": "dose-1", "assumed": {}, "source": {}, "notes": ()}
    return ScheduledLookback(**({"id": id} | values | fields))


def made_protocol(*visits: Visit, **fields: Any) -> Protocol:
    values: dict[str, Any] = {
        "id": "demo",
        "title": "Demo study",
        "study_days": StudyDays(1, day_zero=False),
        "anchor": "dose-1",
        "start": "dose-1",
        "visits": visits,
        "source": Source(registry="NCT00000000", updated="2025-01-01"),
    }
    return Protocol(**(values | fields))


def made_schedule(*visits: ScheduledVisit, subject: str = "", **fields: Any) -> Schedule:
    given = {visit.id: Dated(visit.planned) for visit in visits if visit.is_given and visit.planned is not None}
    values: dict[str, Any] = {
        "protocol": made_protocol(),
        "subject": Subject(subject, given),
        "site": Site(),
        "feasible": True,
        "visits": visits,
        "periods": (),
        "lookbacks": (),
        "problems": (),
        "understood": "",
    }
    return Schedule(**(values | fields))


def small_schedule(start: date = date(2025, 3, 1), subject: str = "S-01") -> Schedule:
    """Make a small schedule of everything: two doses, one with an assumed window; a lab with a clock time; periods.

    Dose 1 is given on `start`, dose 2 three days later (±1 d). The lab is 30 minutes long, from 10:00 New York
    time on the day of dose 2.
    """
    second = start + timedelta(days=3)
    ten = datetime(second.year, second.month, second.day, 10, tzinfo=NEW_YORK)
    lab = Visit("lab", "Laboratory", OnDay(4), lasts=Duration(30, "minutes"))
    visits = (
        made_visit("dose-1", start, name="Dose 1", short="Dose 1", type="dose", study_day=1, on_day=1, is_given=True),
        made_visit(
            "dose-2",
            second,
            name="Therapeutic dose 2",
            short="Dose 2",
            type="dose",
            epoch="treatment",
            study_day=4,
            on_day=4,
            reference="dose-1",
            window_start=second - timedelta(days=1),
            window_end=second + timedelta(days=1),
            earliest=second,
            latest=second + timedelta(days=1),
            activities=("vital signs", "ECG; 12 leads"),
            assumed={"window": "the record states no windows"},
            source={"at": "on Day 4"},
            notes=("moves with Dose 1",),
        ),
        made_visit("lab", second, name="Laboratory", short="Lab", starts=ten),
        made_visit("follow-up", None, name="Follow-up", status="pending", notes=("waits for: progression",)),
    )
    periods = (
        made_period("observation", start, start + timedelta(days=9), name="Observation"),
        made_period(
            "contraception",
            start,
            None,
            name="Contraception",
            end_not_before=start + timedelta(days=180),
            end_pending_on="two negative tests",
        ),
        made_period("after", None, None, name="Aftercare", end_pending_on="discharge"),
    )
    lookback = made_lookback("adalimumab", name="Adalimumab", last_permitted=start - timedelta(days=56))
    problem = Problem("warning", "tie", "dose-2 could also be a day earlier", visits=("dose-2",), chain=("a", "b"))
    return made_schedule(
        *visits,
        subject=subject,
        protocol=made_protocol(lab),
        site=Site("Site 7", NEW_YORK),
        periods=periods,
        lookbacks=(lookback,),
        problems=(problem,),
        understood=f"Day 1 = dose-1 = {start.isoformat()}",
    )
