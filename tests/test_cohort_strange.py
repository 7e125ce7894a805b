"""Cohorts whose files say all kinds of things at once: what must hold of every plan, whatever people recorded."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from random import Random

import icalendar
import pytest
from test_cohort_plan import DAY, FIRST_SIX, LEVELS, NEXT, OPEN, SAME, SPARE, THREE_PLUS_THREE, escalation, on, study

from trialcal.cohort import Cohort, CohortPlan, HeldReview, Member, Release, Ruling
from trialcal.cohort_plan import cohort_plan
from trialcal.days import Duration
from trialcal.escalation import DoseGroup, Gate, Positions, Review, Stagger
from trialcal.plan import plan
from trialcal.protocol import Protocol
from trialcal.subject import Absent, Dated, Discontinued, Dlt, NotEvaluable, Partly, Subject
from trialcal.writers.cohort_calendar import cohort_calendar
from trialcal.writers.cohort_rows import cohort_json
from trialcal.writers.cohort_table import cohort_text

NOW = datetime(2025, 3, 1, tzinfo=UTC)
BEGIN = on("2025-03-03")
MARCH = Partly("2025-03", on("2025-03-01"), on("2025-03-31"))


def some_day(rng: Random) -> date:
    return BEGIN + rng.randrange(150) * DAY


def random_protocol(rng: Random) -> Protocol:
    groups = rng.choice((LEVELS, SPARE, (DoseGroup("dl-1", "x"),), ()))
    names = ["", *(group.id for group in groups)]
    preparation = rng.choice((None, Duration(2, "days")))
    after = rng.choice((1, 2, 3, None))
    review = Review("smc", "SMC", after, rng.choice((SAME, NEXT)), preparation=preparation, group=rng.choice(names))
    gates = tuple(
        Gate(
            f"gate-{number}",
            "Gate",
            Positions(rng.randrange(1, 5), rng.choice((None, 5))),
            rng.choice(("", "smc")),
            release=rng.random() < 0.4,
            opens=rng.choice((SAME, NEXT)),
            group=rng.choice(names),
        )
        for number in range(rng.randrange(3))
    )
    gap = Duration(rng.randrange(1, 20), "days")
    stagger = Stagger("gap", Positions(2, None), rng.choice((0, 1)), gap, rng.choice((SAME, NEXT)))
    return study(
        escalation(
            rng.choice((SAME, NEXT)),
            groups=groups,
            decisions=rng.choice((THREE_PLUS_THREE, FIRST_SIX, ())),
            reviews=(review,),
            gates=gates,
            staggers=(stagger,)[rng.randrange(2) :],
            mtd_needs=rng.choice((0, 6)),
        ),
        rng.randrange(2),
    )


def random_subject(rng: Random, name: str, groups: list[str]) -> Subject:
    day = some_day(rng)
    facts: dict[str, object] = {}
    if rng.random() < 0.5:
        seen = day + rng.randrange(40) * DAY
        facts["dlt"] = Dlt("none", None, seen, "PI") if rng.random() < 0.7 else Dlt("yes", day + DAY, seen, "PI")
    if rng.random() < 0.15:
        facts["not_evaluable"] = NotEvaluable("withdrew", day + rng.randrange(60) * DAY, "PI")
    if rng.random() < 0.8:
        facts["dose_group"] = rng.choice(groups)
    if rng.random() < 0.1:
        facts["discontinued"] = Discontinued(day + 9 * DAY, ("all",))
    dosed = {"conditioning": Dated(day - 5 * DAY), "infusion": Dated(day)}
    begun = {"conditioning": Dated(day)}
    kinds: tuple[dict[str, object], ...] = (
        *({"actual": dosed},) * 5,
        {"actual": begun},
        {"actual": begun, "absent": {"infusion": Absent("missed", "infection")}},
        {"booked": {"infusion": Dated(day)}},
        {"given": {"infusion": Dated(day)}},
        {"partly": {"infusion": MARCH}},
        {"partly": {"conditioning": MARCH}},
        {},
    )
    return Subject(name, **rng.choice(kinds), **facts)  # type: ignore[arg-type]


def random_plan(seed: int) -> CohortPlan:
    rng = Random(seed)
    protocol = random_protocol(rng)
    assert protocol.escalation is not None
    groups = [group.id for group in protocol.escalation.groups] or [""]
    subjects = [random_subject(rng, f"S-{number}", groups) for number in range(rng.randrange(9))]
    then = (("add", 3, ""), ("add", 9, ""), ("stop", 0, ""), ("escalate", 0, ""), ("escalate", 0, groups[-1]))
    rulings = []
    for _ in range(rng.randrange(3)):
        kind, more, to = rng.choice(then)
        where, of = rng.choice(groups), rng.randrange(1, 7)
        rulings.append(Ruling(where, of, kind, some_day(rng), "x", more, to))  # type: ignore[arg-type]
    cohort = Cohort(
        protocol,
        OPEN,
        tuple(Member(plan(protocol, subject)) for subject in subjects),
        is_ordered=rng.random() < 0.7,
        reviews=tuple(HeldReview("smc", rng.choice(groups), some_day(rng)) for _ in range(rng.randrange(3))),
        releases=tuple(Release("gate-0", rng.choice(groups), some_day(rng)) for _ in range(rng.randrange(3))),
        rulings=tuple(rulings),
    )
    return cohort_plan(cohort, some_day(rng))


@pytest.mark.parametrize("seed", range(300))
def test_whatever_people_recorded(seed):
    """No date before today or its gate, none behind what has no date, none without a place; all can be shown."""
    found = random_plan(seed)
    for row in found.rows:
        assert row.told
        if row.state in ("no-place", "withdrawn"):
            assert row.first_dose is None
        if row.state not in ("screening", "next") or row.is_stated or row.commits is None:
            continue
        assert row.commits >= found.today
        assert row.gate is None or row.commits >= row.gate
        endless = [wait for wait in row.waits if wait.holds and wait.since is None]
        assert {wait.kind for wait in endless} <= {"assessment", "release", "decision"}
    for width in (80, 140):
        lines = cohort_text(found, width=width, colour=False).splitlines()
        assert max(map(len, lines)) <= width
    shown = json.loads(cohort_json(found))
    assert [row["subject"] for row in shown["subjects"]] == [row.subject or None for row in found.rows]
    events = icalendar.Calendar.from_ical(cohort_calendar(found, now=NOW)).walk("VEVENT")
    assert len({str(event["UID"]) for event in events}) == len(events)
