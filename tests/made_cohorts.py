"""A cohort made by hand, for tests of the writers: no planner, so that its mistakes cannot hide theirs.

The dates are those of GC012F, worked by hand: DLT observation is 28 days after the infusion (its last day), the
committee may meet from the day after the last one on, on a Wednesday, and the gate opens the day after that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from made_schedules import made_protocol

from trialcal.cohort import (
    Cohort,
    CohortFinding,
    CohortPlan,
    GateRow,
    GroupRow,
    Outcome,
    ReviewRow,
    Row,
    Wait,
)
from trialcal.days import Duration, StudyDays
from trialcal.escalation import (
    Counts,
    Decision,
    DoseGroup,
    Escalation,
    Gate,
    Positions,
    Review,
)
from trialcal.problems import Problem
from trialcal.protocol import Period, Visit
from trialcal.site import Site
from trialcal.timing import Offset, OnDay, Reference

TODAY = date(2025, 4, 20)  # a Sunday
GROUP = DoseGroup("dl-1", "3 x 10^5/kg", Counts(12, 12), assumed={"subjects": "the record says about 12"})
REVIEW = Review("smc", "SMC review", 3, "the-day-after", assesses="SMC", decides="investigator and partner")
GATE = Gate("fourth", "SMC before the fourth", Positions(4, None), "smc", release=True, released_by="SMC")
USUAL = {"at": "the usual table"}
ADD = Decision("three-one", 3, Counts(0, 1), "add", 3, assumed=USUAL)
DISCUSS = Decision("any-two", None, Counts(2, None), "discuss", by="investigator and partner", assumed=USUAL)
CONDITION = "0 of the first 3 in 3 x 10^5/kg have a DLT (not yet assessed: GC-001, GC-002, GC-003)"


def day(text: str) -> date:
    return date.fromisoformat(f"2025-{text}")


def made_study() -> Any:
    visits = (
        Visit("lymphodepletion-1", "Lymphodepleting preconditioning 1", OnDay(-5), short="Lymphodepletion 1"),
        Visit("infusion", "GC012F Injection infusion", OnDay(0), short="GC012F infusion"),
    )
    escalation = Escalation(
        "lymphodepletion-1",
        "infusion",
        "dlt",
        "the-day-after",
        design="one dose group",
        groups=(GROUP,),
        reviews=(REVIEW,),
        gates=(GATE,),
        decisions=(ADD, DISCUSS),
        assumed={"complete": "the record does not say whether the last day counts"},
    )
    return made_protocol(
        *visits,
        id="gc012f",
        title="GC012F",
        study_days=StudyDays(0, day_zero=True),
        anchor="infusion",
        start="infusion",
        periods=(made_period(),),
        escalation=escalation,
    )


def made_period() -> Period:
    """Make the DLT period; the writers read its id, name and assumptions only."""
    at = Reference("infusion", ("infusion",))
    return Period("dlt", "DLT observation", at, Offset(Duration(28, "days"), 1, at))


def dosed(name: str, position: int, on: str, **more: Any) -> Row:
    """Make a row of a subject who was dosed: committed 5 days before, observed for 28 days after."""
    first = day(on)
    last = first + timedelta(28)
    values: dict[str, Any] = {
        "subject": name,
        "group": "dl-1",
        "position": position,
        "state": "in-observation",
        "gate": None,
        "commits": first - timedelta(5),
        "commits_is_actual": True,
        "first_dose": first,
        "first_dose_is_actual": True,
        "is_stated": False,
        "observed_until": last,
        "complete_from": last + timedelta(1),
        "dlt": "not-assessed",
        "told": f"in DLT observation until {last}",
        "waits": (),
    }
    return Row(**(values | more))


WAITS = (
    Wait("observation", "dlt", "DLT observation of GC-001, GC-002 and GC-003", day("05-06"), True),
    Wait("assessment", "decisions", "DLT not yet assessed: GC-001, GC-002, GC-003", None, True),
    Wait("observation", "smc", "DLT observation of GC-001, GC-002 and GC-003", day("05-06"), True),
    Wait("review", "fourth", "SMC review, on Wed 2025-05-07 at the earliest", day("05-08"), True),
    Wait("release", "fourth", "release decision by SMC not recorded", None, True, "the site's own rule"),
)


def to_come(name: str, position: int, gate: str, **more: Any) -> Row:
    """Make a row of a subject whose gate opens on a day: the infusion follows 5 days later at the earliest."""
    opens = day(gate)
    fields = {
        "state": "screening" if name else "next",
        "gate": opens,
        "commits": opens,
        "commits_is_actual": False,
        "first_dose_is_actual": False,
        "told": "waits for: much",
        "waits": WAITS,
        "assumed": (CONDITION,),
    }
    return dosed(name, position, (opens + timedelta(5)).isoformat()[5:], **(fields | more))


def made_cohort(*rows: Row, **fields: Any) -> CohortPlan:
    """Make a cohort: three subjects were dosed, the fourth is to come, unless `rows` are given."""
    protocol = made_study()
    complete = {"state": "complete", "told": "DLT observation complete since Tue 2025-04-08"}
    rows = rows or (
        dosed("GC-001", 1, "03-10", **complete),
        dosed("GC-002", 2, "03-24"),
        dosed("GC-003", 3, "04-07"),
        to_come("GC-004", 4, "05-08"),
    )
    link = Wait("observation", "smc", "DLT observation of GC-001, GC-002 and GC-003", day("05-06"), True)
    about = ("GC-001", "GC-002", "GC-003")
    told = "Wed 2025-05-07 at the earliest (from Tue 2025-05-06 on; meets on Wed)"
    review = ReviewRow(REVIEW, "dl-1", about, day("05-07"), None, told, (link,))
    more, discuss = "3 more subjects in 3 x 10^5/kg", "people discuss and decide (investigator and partner)"
    outcomes = (
        Outcome(3, 0, "add", more, ADD),
        Outcome(3, 1, "add", more, ADD),
        Outcome(3, 2, "discuss", discuss, DISCUSS),
        Outcome(3, 3, "discuss", discuss, DISCUSS),
    )
    group = GroupRow("dl-1", "3 x 10^5/kg", 3, 3, 0, 0, 3, outcomes, "3 of 3 evaluable subjects dosed")
    last = rows[-1]
    gate = GateRow((GATE,), last.subject, "dl-1", last.position, last.gate, last.told, last.waits)
    values: dict[str, Any] = {
        "cohort": Cohort(protocol, Site("Site 7"), (), "GC first group", is_ordered=True),
        "today": TODAY,
        "rows": rows,
        "groups": (group,),
        "reviews": (review,),
        "next_gate": gate,
        "assumed": (CONDITION,),
    }
    return CohortPlan(**(values | fields))


def faulty_cohort() -> CohortPlan:
    """Make a cohort with a finding, one against an assumption, and a warning."""
    early = "GC-002: infusion on Wed 2025-03-12 is 12 d before Mon 2025-03-24: 14 d after the first dose"
    findings = (
        CohortFinding("stagger", "GC-002", "sentinel", day("03-24"), day("03-12"), -12, early, False),
        CohortFinding("too-many", "GC-013", "dl-1", None, day("04-01"), None, "13 evaluable subjects", True),
    )
    problem = Problem("warning", "dlt-too-early", "GC-001: `none` was assessed too early", "assess it then")
    return replace(made_cohort(), findings=findings, problems=(problem,))
