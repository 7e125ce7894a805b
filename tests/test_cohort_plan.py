"""Cohorts: worked dates of GC012F and of a 3+3 design, findings, and random small cohorts against a brute force."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from trialcal.cohort import Cohort, CohortPlan, HeldReview, Member, Release, Row, Ruling
from trialcal.cohort_plan import cohort_plan, lacking
from trialcal.days import Duration, StudyDays
from trialcal.escalation import (
    Counts,
    Decision,
    DoseGroup,
    Escalation,
    Gate,
    Opens,
    Positions,
    Review,
    Stagger,
    Step,
    decided,
    flaws_of,
)
from trialcal.plan import plan
from trialcal.protocol import Period, Protocol, Visit
from trialcal.simulated import Given, Rate
from trialcal.simulating import Simulator
from trialcal.site import Closure, Dates, Site, Weekdays, Weekend
from trialcal.subject import Absent, Dated, Discontinued, Dlt, Hold, NotEvaluable, Partly, Subject
from trialcal.timing import Offset, OnDay, Reference, Window

DAY = timedelta(days=1)
OPEN = Site()
INFUSION = Reference("infusion", ("infusion",))
NEXT: Opens = "the-day-after"
SAME: Opens = "on-the-last-day"
FIRST_SIX = (
    Decision("three-ok", 3, Counts(0, 1), "add", 3),
    Decision("three-bad", 3, Counts(2, 3), "discuss"),
    Decision("six-ok", 6, Counts(0, 1), "add", 6),
    Decision("two", None, Counts(2, None), "discuss", by="investigator and partner"),
    Decision("twelve", 12, Counts(0, 1), "discuss"),
)
THREE_PLUS_THREE = (
    Decision("none-of-3", 3, Counts(0, 0), "escalate"),
    Decision("one-of-3", 3, Counts(1, 1), "add", 3),
    Decision("more-of-3", 3, Counts(2, 3), "stop"),
    Decision("one-of-6", 6, Counts(0, 1), "escalate"),
    Decision("more-of-6", 6, Counts(2, 6), "stop"),
)
SMC = Review("smc", "SMC review", 3, NEXT, assesses="SMC")


def on(text: str) -> date:
    return date.fromisoformat(text)


def study(escalation: Escalation, window: int = 0) -> Protocol:
    """Conditioning on Day -5 (within a window of some days), infusion on Day 0, DLT observation until Day 28."""
    tolerance = Window(Duration(window, "days"), Duration(window, "days")) if window else None
    return Protocol(
        "demo",
        "Demo",
        StudyDays(0, True),
        "infusion",
        "infusion",
        (
            Visit("conditioning", "Conditioning", OnDay(-5), window=tolerance),
            Visit("infusion", "Infusion", OnDay(0), type="dose"),
        ),
        periods=(
            Period(
                "dlt",
                "DLT observation",
                Offset(Duration(0, "days"), 1, INFUSION),
                Offset(Duration(28, "days"), 1, INFUSION),
            ),
        ),
        escalation=escalation,
    )


def escalation(complete: Opens = NEXT, **fields: object) -> Escalation:
    # mypy cannot tell the types of fields that are passed on by name
    groups = fields.pop("groups", (DoseGroup("dl-1", "Dose group 1"),))
    return Escalation("conditioning", "infusion", "dlt", complete, groups=groups, **fields)  # type: ignore[arg-type]


def dosed(protocol: Protocol, name: str, infusion: str, site: Site = OPEN, **facts: object) -> Member:
    day = on(infusion)
    actual = {"conditioning": Dated(day - 5 * DAY), "infusion": Dated(day)}
    return Member(plan(protocol, Subject(name, actual=actual, **facts), site))  # type: ignore[arg-type]


def waiting(protocol: Protocol, *names: str, site: Site = OPEN) -> list[Member]:
    return [Member(plan(protocol, Subject(name), site)) for name in names]


def planned(protocol: Protocol, members: list[Member], today: str, site: Site = OPEN, **facts: object) -> CohortPlan:
    return cohort_plan(Cohort(protocol, site, tuple(members), is_ordered=True, **facts), on(today))  # type: ignore[arg-type]


def dates(row: Row) -> tuple[str, str, str, str]:
    return tuple(str(each or "") for each in (row.gate, row.commits, row.first_dose, row.observed_until))  # type: ignore[return-value]


NO_DLT = {"dlt": Dlt("none", None, on("2025-06-01"), "PI")}


# --- worked dates ---------------------------------------------------------------------------------------------------


def test_three_infusions_and_the_review_after_them():
    """03-10 + 28 d = 04-07 and so on; all three are complete on 05-06, the day after 05-05."""
    protocol = study(escalation(reviews=(SMC,), decisions=FIRST_SIX))
    members = [
        dosed(protocol, f"GC-00{n}", day) for n, day in enumerate(("2025-03-10", "2025-03-24", "2025-04-07"), 1)
    ]
    found = planned(protocol, members, "2025-04-20")
    assert [str(row.observed_until) for row in found.rows[:3]] == ["2025-04-07", "2025-04-21", "2025-05-05"]
    assert [row.state for row in found.rows] == ["complete", "in-observation", "in-observation", "next"]
    assert [row.dlt for row in found.rows[:3]] == ["not-assessed"] * 3
    assert [str(review.earliest) for review in found.reviews] == ["2025-05-06"]
    assert found.reviews[0].of == ("GC-001", "GC-002", "GC-003")


@pytest.mark.parametrize(
    ("meets", "prepared", "review", "gate"),
    [
        ((), None, "2025-05-06", "2025-05-07"),
        ((Weekdays(frozenset([2]), "Wed"),), None, "2025-05-07", "2025-05-08"),
        ((Weekdays(frozenset([0]), "Mon"),), None, "2025-05-12", "2025-05-13"),
        ((), Duration(3, "days"), "2025-05-09", "2025-05-10"),
        ((Weekdays(frozenset([4]), "Fri"),), Duration(4, "days"), "2025-05-16", "2025-05-17"),
    ],
)
def test_the_fourth_waits_for_the_review_and_its_infusion_follows_five_days_later(meets, prepared, review, gate):
    gates = (Gate("fourth", "SMC before the fourth", Positions(4, None), "smc"),)
    reviews = (replace(SMC, meets=meets, preparation=prepared),)
    protocol = study(escalation(reviews=reviews, gates=gates, decisions=FIRST_SIX))
    members = [
        dosed(protocol, f"GC-00{n}", day) for n, day in enumerate(("2025-03-10", "2025-03-24", "2025-04-07"), 1)
    ]
    found = planned(protocol, members, "2025-04-20")
    (row,) = [row for row in found.rows if row.state == "next"]
    assert str(found.reviews[0].earliest) == review
    infusion = on(gate) + 5 * DAY
    assert dates(row) == (gate, gate, str(infusion), str(infusion + 28 * DAY))
    assert found.next_gate is not None
    assert [each.id for each in found.next_gate.gates] == ["fourth"]


def test_a_review_that_was_held_opens_the_gate_the_day_after_and_a_release_may_be_needed_too():
    gates = (Gate("fourth", "Fourth", Positions(4, 4), "smc", release=True, released_by="SMC"),)
    protocol = study(escalation(reviews=(SMC,), gates=gates, decisions=FIRST_SIX))
    members = [
        dosed(protocol, f"GC-00{n}", day, dlt=Dlt("none", None, on("2025-05-07"), "PI"))
        for n, day in enumerate(("2025-03-10", "2025-03-24", "2025-04-07"), 1)
    ]
    held = HeldReview("smc", "dl-1", on("2025-05-08"), "SMC")
    found = planned(protocol, members, "2025-05-09", reviews=(held,))
    assert found.next_gate is not None
    assert found.next_gate.told == "waits for: release decision by SMC not recorded"
    assert [(wait.kind, str(wait.since)) for wait in found.next_gate.waits] == [
        ("observation", "2025-05-06"),
        ("assessment", "2025-05-07"),
        ("review", "2025-05-09"),
        ("release", "None"),
    ]
    released = Release("fourth", "dl-1", on("2025-05-12"), "SMC")
    found = planned(protocol, members, "2025-05-12", reviews=(held,), releases=(released,))
    assert found.next_gate is not None
    assert str(found.next_gate.opens) == "2025-05-13"


@pytest.mark.parametrize(("opens", "second"), [(SAME, "2025-03-24"), (NEXT, "2025-03-25")])
def test_a_stagger_of_14_days_until_its_last_day_or_the_day_after(opens, second):
    stagger = Stagger("sentinel", Positions(2, 2), 1, Duration(14, "days"), opens)
    protocol = study(escalation(staggers=(stagger,), decisions=FIRST_SIX))
    found = planned(protocol, [dosed(protocol, "GC-001", "2025-03-10")], "2025-03-11")
    assert str(found.rows[1].first_dose) == second
    members = [dosed(protocol, "GC-001", "2025-03-10"), dosed(protocol, "GC-002", "2025-03-23")]
    found = planned(protocol, members, "2025-03-24")
    (finding,) = found.findings
    early = (on("2025-03-23") - on(second)).days
    assert (finding.kind, finding.rule, str(finding.earliest), finding.days_off) == (
        "stagger",
        "sentinel",
        second,
        early,
    )


def test_the_order_of_dosing_is_kept_also_where_only_the_second_waits():
    stagger = Stagger("sentinel", Positions(2, 2), 1, Duration(14, "days"), SAME)
    protocol = study(escalation(staggers=(stagger,), decisions=FIRST_SIX))
    members = [dosed(protocol, "GC-001", "2025-03-10"), *waiting(protocol, "GC-002", "GC-003")]
    found = planned(protocol, members, "2025-03-11")
    assert [str(row.first_dose) for row in found.rows] == ["2025-03-10", "2025-03-24", "2025-03-24"]


def test_closed_days_of_the_site_move_what_follows():
    """The gate opens on Tue 05-06, and weekends are closed."""
    site = Site(closures=(Closure((Weekend(),), "weekend"),))
    protocol = study(escalation(decisions=FIRST_SIX))
    days = ("2025-03-10", "2025-03-24", "2025-04-07")
    members = [dosed(protocol, f"GC-00{n}", day) for n, day in enumerate(days, 1)]
    members += waiting(protocol, "GC-004", site=site)
    found = planned(protocol, members, "2025-04-20", site)
    # Day -5 and Day 0 are both open where Day -5 is a Wed, Thu or Fri: Wed 05-07 and Mon 05-12.
    assert dates(found.rows[3]) == ("2025-05-06", "2025-05-07", "2025-05-12", "2025-06-09")


def test_a_three_plus_three_escalates_adds_and_stops():
    groups = tuple(DoseGroup(f"dg-{n}", f"Dose group {n}", Counts(3, 6)) for n in (1, 2, 3))
    protocol = study(escalation(groups=groups, decisions=THREE_PLUS_THREE))
    none, yes = Dlt("none", None, on("2025-04-08"), "PI"), Dlt("yes", on("2025-03-20"), on("2025-03-21"), "PI")
    first = [dosed(protocol, f"C-{n}", "2025-03-10", dose_group="dg-1", dlt=none) for n in (1, 2)]

    def following(third: Dlt | None) -> Row:
        members = [*first, dosed(protocol, "C-3", "2025-03-10", dose_group="dg-1", dlt=third)]
        return planned(protocol, members, "2025-04-09").rows[3]

    assert (following(none).group, following(none).position) == ("dg-2", 1)
    assert (following(yes).group, following(yes).position) == ("dg-1", 4)
    unknown = following(None)
    assert (unknown.group, unknown.position) == ("dg-2", 1)
    assert unknown.assumed == ("0 of the first 3 in Dose group 1 have a DLT (not yet assessed: C-3)",)
    assert [str(wait.since) for wait in unknown.waits] == ["2025-04-08", "None"]


def test_outcomes_by_the_table():
    groups = tuple(DoseGroup(f"dg-{n}", f"Dose group {n}") for n in (1, 2))
    protocol = study(escalation(groups=groups, decisions=THREE_PLUS_THREE))
    yes = Dlt("yes", on("2025-03-20"), on("2025-03-21"), "PI")
    members = [dosed(protocol, "C-1", "2025-03-10", dose_group="dg-1", dlt=yes)]
    found = planned(protocol, members, "2025-03-25")
    assert [(each.of, each.dlts, each.then) for each in found.groups[0].outcomes] == [
        (3, 1, "add"),
        (3, 2, "stop"),
        (3, 3, "stop"),
    ]


def test_the_candidate_for_the_mtd_may_need_six():
    groups = tuple(DoseGroup(f"dg-{n}", f"Dose group {n}") for n in (1, 2))
    none, yes = Dlt("none", None, on("2025-04-08"), "PI"), Dlt("yes", on("2025-04-28"), on("2025-04-29"), "PI")
    for needs, place in ((0, ("", None)), (6, ("dg-1", 4))):
        protocol = study(escalation(groups=groups, decisions=THREE_PLUS_THREE, mtd_needs=needs))
        members = [dosed(protocol, f"C-{n}", "2025-03-10", dose_group="dg-1", dlt=none) for n in (1, 2, 3)]
        members += [dosed(protocol, f"C-{n}", "2025-04-14", dose_group="dg-2", dlt=yes) for n in (4, 5)]
        row = planned(protocol, [*members, *waiting(protocol, "C-6")], "2025-05-01").rows[5]
        assert (row.group, row.position) == place
        assert row.state == ("screening" if needs else "no-place")


def test_a_stop_in_the_expanded_group_leads_further_down():
    """2 of 3 in the third group; the second is expanded to six, 2 of whom have a DLT: so is the first."""
    groups = tuple(DoseGroup(f"dg-{n}", f"Dose group {n}") for n in (1, 2, 3))
    protocol = study(escalation(groups=groups, decisions=THREE_PLUS_THREE, mtd_needs=6))
    none, yes = Dlt("none", None, on("2025-12-01"), "PI"), Dlt("yes", on("2025-12-01"), on("2025-12-01"), "PI")
    doses = [("dg-1", none)] * 3 + [("dg-2", none)] * 3 + [("dg-3", yes)] * 2 + [("dg-2", yes)] * 2 + [("dg-2", none)]
    days = ["2025-01-06"] * 3 + ["2025-03-03"] * 3 + ["2025-05-05"] * 2 + ["2025-07-07"] * 3
    members = [
        dosed(protocol, f"C-{number}", day, dose_group=group, dlt=dlt)
        for number, ((group, dlt), day) in enumerate(zip(doses, days, strict=True))
    ]
    found = planned(protocol, [*members, *waiting(protocol, "C-x")], "2025-12-02")
    assert (found.rows[-1].group, found.rows[-1].position) == ("dg-1", 4)


def test_one_dlt_of_six_leaves_places_where_twelve_are_discussed_anyway():
    """GC012F: of 12 people discuss also without a DLT; the second DLT would end the group, and there is one."""
    protocol = study(escalation(decisions=FIRST_SIX))
    none, yes = Dlt("none", None, on("2025-04-08"), "PI"), Dlt("yes", on("2025-03-20"), on("2025-03-21"), "PI")
    members = [dosed(protocol, f"GC-{n}", "2025-03-10", dlt=yes if n == 2 else none) for n in range(6)]
    found = planned(protocol, [*members, *waiting(protocol, "GC-7")], "2025-04-09")
    assert (found.rows[6].state, found.rows[6].position) == ("screening", 7)


def test_who_is_not_evaluable_is_replaced():
    protocol = study(escalation(decisions=FIRST_SIX))
    out = NotEvaluable("progression", on("2025-03-20"), "PI")
    members = [
        dosed(protocol, "GC-001", "2025-03-10"),
        dosed(protocol, "GC-002", "2025-03-12", not_evaluable=out),
        dosed(protocol, "GC-003", "2025-03-17"),
        *waiting(protocol, "GC-004", "GC-005"),
    ]
    found = planned(protocol, members, "2025-03-21")
    assert [row.position for row in found.rows] == [1, None, 2, 3, 4]
    assert found.rows[3].gate is None, "it replaces the second, and waits for nobody"
    assert str(found.rows[3].first_dose) == "2025-03-26"
    assert str(found.rows[4].gate) == "2025-04-24", "the day after 03-26 + 28 d"


def test_as_soon_as_two_have_a_dlt_people_decide():
    protocol = study(escalation(groups=(DoseGroup("dl-1", "3e5"), DoseGroup("spare", "2e5", spare=True)),
                                decisions=FIRST_SIX))  # fmt: skip
    yes = Dlt("yes", on("2025-03-20"), on("2025-03-21"), "PI")
    members = [dosed(protocol, f"GC-00{n}", "2025-03-10", dlt=yes) for n in (1, 2)]
    found = planned(protocol, [*members, *waiting(protocol, "GC-003")], "2025-03-24")
    row = found.rows[2]
    assert (row.state, row.commits) == ("no-place", None)
    assert "2 DLTs in 3e5: people discuss and decide (investigator and partner)" in row.told
    ruling = Ruling("dl-1", 2, "escalate", on("2025-03-25"), "investigator and partner", to="spare")
    found = planned(protocol, [*members, *waiting(protocol, "GC-003")], "2025-03-25", rulings=(ruling,))
    assert (found.rows[2].group, found.rows[2].position, str(found.rows[2].gate)) == ("spare", 1, "2025-03-26")


# --- what people recorded, and when it does not count ---------------------------------------------------------------

THREE = ("2025-03-10", "2025-03-24", "2025-04-07")  # observed until 04-07, 04-21, 05-05
SPARE = (DoseGroup("dl-1", "3e5"), DoseGroup("spare", "2e5", spare=True))


def three(protocol: Protocol, *dlts: Dlt | None) -> list[Member]:
    return [
        dosed(protocol, f"GC-00{n}", day, dlt=dlt)
        for n, (day, dlt) in enumerate(zip(THREE, dlts or (None,) * 3, strict=True), 1)
    ]


def test_people_may_stop_before_the_table_asks():
    protocol = study(escalation(groups=SPARE, decisions=FIRST_SIX))
    ruling = Ruling("dl-1", 2, "stop", on("2025-03-25"), "SMC")
    members = [*three(protocol)[:2], *waiting(protocol, "GC-003")]
    row = planned(protocol, members, "2025-03-26", rulings=(ruling,)).rows[2]
    assert (row.state, row.told) == ("no-place", "decided on Tue 2025-03-25")


def test_a_decision_before_the_table_asks_waits_for_nobody_and_leads_where_people_said():
    protocol = study(escalation(groups=SPARE, decisions=FIRST_SIX))
    ruling = Ruling("dl-1", 2, "escalate", on("2025-03-25"), "SMC", to="spare")
    members = [*three(protocol)[:2], *waiting(protocol, "GC-003")]
    row = planned(protocol, members, "2025-03-26", rulings=(ruling,)).rows[2]
    assert (row.group, row.position, str(row.gate)) == ("spare", 1, "2025-03-26")


def test_a_decision_that_was_made_later_says_nothing_of_a_place_that_needed_none():
    """The third was dosed on 04-07; on 04-10 people stopped after two."""
    protocol = study(escalation(groups=SPARE, decisions=FIRST_SIX))
    ruling = Ruling("dl-1", 2, "stop", on("2025-04-10"), "SMC")
    found = planned(protocol, three(protocol), "2025-04-20", rulings=(ruling,))
    assert found.findings == ()
    assert found.rows[3].state == "no-place"


@pytest.mark.parametrize(
    ("rulings", "dlt", "told", "position"),
    [
        (
            [Ruling("dl-1", 5, "stop", on("2025-05-07"), "SMC")],
            None,
            "error: the decision of Wed 2025-05-07 after 5 evaluable subjects changes nothing: "
            "3e5 has 3 evaluable subjects who were dosed, not 5",
            4,
        ),
        (
            [
                Ruling("dl-1", 3, "add", on("2025-05-07"), "SMC", 1),
                Ruling("dl-1", 3, "add", on("2025-05-08"), "SMC", 3),
            ],
            None,
            "warning: the decision of Wed 2025-05-07 after 3 evaluable subjects changes nothing: "
            "another decision after 3 subjects of 3e5 stands below it, and counts",
            4,
        ),
        (
            [Ruling("dl-1", 3, "add", on("2025-05-07"), "SMC", 3)],
            Dlt("yes", on("2025-05-02"), on("2025-05-08"), "PI"),
            "error: the decision of Wed 2025-05-07 after 3 evaluable subjects changes nothing: "
            "the DLT of GC-003 was assessed after it",
            4,
        ),
        (
            [Ruling("spare", 3, "stop", on("2025-05-07"), "SMC")],
            None,
            "error: the decision of Wed 2025-05-07 after 3 evaluable subjects changes nothing: "
            "2e5 has 0 evaluable subjects who were dosed, not 3",
            4,
        ),
    ],
)
def test_a_decision_that_changes_nothing_is_told(rulings, dlt, told, position):
    protocol = study(escalation(groups=SPARE, decisions=FIRST_SIX))
    none = Dlt("none", None, on("2025-05-06"), "PI")
    found = planned(protocol, three(protocol, none, none, dlt or none), "2025-05-10", rulings=tuple(rulings))
    assert [f"{each.level}: {each.message}" for each in found.problems] == [told]
    assert found.rows[3].position == position


def test_who_goes_on_in_spite_of_two_dlts_is_asked_again_when_something_changes():
    """With two DLTs people add 2 to the three: the fourth and fifth have places, the sixth has none."""
    protocol = study(escalation(groups=SPARE, decisions=FIRST_SIX))
    yes, none = Dlt("yes", on("2025-03-25"), on("2025-03-26"), "PI"), Dlt("none", None, on("2025-05-06"), "PI")
    ruling = Ruling("dl-1", 3, "add", on("2025-05-07"), "SMC", 2)
    members = [*three(protocol, yes, yes, none), *waiting(protocol, "GC-004", "GC-005", "GC-006")]
    found = planned(protocol, members, "2025-05-10", rulings=(ruling,))
    assert [(row.state, row.position) for row in found.rows[3:]] == [
        ("screening", 4),
        ("screening", 5),
        ("no-place", None),
    ]
    assert [each.level for each in found.problems] == []
    third = Dlt("yes", on("2025-05-04"), on("2025-05-09"), "PI")
    found = planned(
        protocol, [*three(protocol, yes, yes, third), *waiting(protocol, "GC-004")], "2025-05-10", rulings=(ruling,)
    )
    assert (found.rows[3].state, [each.level for each in found.problems]) == ("no-place", ["error"])


def test_a_review_before_the_observation_was_complete_opens_no_gate():
    """Complete from 05-06 on. Held on 05-02 it does not count; on 05-06 it does, and the gate opens the day after."""
    gates = (Gate("fourth", "Fourth", Positions(4, None), "smc"),)
    protocol = study(escalation(reviews=(SMC,), gates=gates, decisions=FIRST_SIX))
    members = three(protocol, *(Dlt("none", None, on("2025-05-06"), "PI"),) * 3)
    early, right = (
        HeldReview("smc", "dl-1", on("2025-05-02"), "SMC"),
        HeldReview("smc", "dl-1", on("2025-05-06"), "SMC"),
    )
    found = planned(protocol, members, "2025-05-09", reviews=(early,))
    assert (found.reviews[0].held, str(found.reviews[0].earliest)) == (None, "2025-05-09")
    assert found.reviews[0].told.endswith(
        "; the one held on Fri 2025-05-02 does not count: "
        "the observation of its subjects is complete from Tue 2025-05-06 on"
    )
    assert "does not count" in found.next_gate.told
    assert str(found.next_gate.opens) == "2025-05-10"
    for reviews in ((early, right), (right, early)):
        found = planned(protocol, members, "2025-05-09", reviews=reviews)
        assert (str(found.reviews[0].held), str(found.next_gate.opens)) == ("2025-05-06", "2025-05-07")


def test_what_is_recorded_of_one_dose_group_opens_no_gate_of_another():
    groups = (DoseGroup("low", "10 mg"), DoseGroup("high", "20 mg"))
    gates = (Gate("second", "Second", Positions(2, None), "smc", release=True),)
    review = replace(SMC, after=1)
    protocol = study(escalation(groups=groups, reviews=(review,), gates=gates, decisions=THREE_PLUS_THREE))
    none = Dlt("none", None, on("2025-04-08"), "PI")
    members = [
        *(dosed(protocol, f"S-{n}", "2025-03-10", dose_group="low", dlt=none) for n in (1, 2, 3)),
        dosed(protocol, "S-4", "2025-04-21", dose_group="high", dlt=Dlt("none", None, on("2025-05-20"), "PI")),
    ]
    day = on("2025-04-10")
    facts = {"reviews": (HeldReview("smc", "low", day),), "releases": (Release("second", "low", day),)}
    found = planned(protocol, members, "2025-05-21", **facts)
    waits = [(wait.kind, wait.told, wait.holds) for wait in found.next_gate.waits if wait.rule == "second"]
    assert [(kind, holds) for kind, _, holds in waits] == [("review", True), ("release", True)]
    assert "that it was held is not recorded" in waits[0][1]
    assert waits[1][1] == "release decision not recorded"


def test_a_release_is_not_one_of_a_later_place():
    """Each waits for all before it: the release of the second (04-08) is none of the third (from 05-13 on)."""
    gates = (Gate("one-by-one", "One by one", Positions(2, None), release=True, released_by="SMC"),)
    protocol = study(escalation(gates=gates, decisions=FIRST_SIX))
    first = Release("one-by-one", "dl-1", on("2025-04-08"))
    members = [
        dosed(protocol, "GC-001", "2025-03-10", dlt=Dlt("none", None, on("2025-04-08"), "PI")),
        dosed(
            protocol, "GC-002", "2025-04-14"
        ),  # conditioned on 04-09, the day after the release; observed until 05-12
    ]
    found = planned(protocol, members, "2025-05-20", releases=(first,))
    assert found.findings == ()
    assert found.next_gate.told == (
        "waits for: release decision by SMC not recorded: that of Tue 2025-04-08 was before Tue 2025-05-13, "
        "the first day for one"
    )
    later = Release("one-by-one", "dl-1", on("2025-05-14"))
    found = planned(protocol, members, "2025-05-20", releases=(first, later))
    assert (str(found.next_gate.opens), found.next_gate.told) == (
        "2025-05-15",
        "nothing across subjects holds it back",
    )
    assert found.findings == ()


def test_a_stagger_from_a_day_that_is_not_known_exactly_has_no_date():
    stagger = Stagger("apart", Positions(2, None), 0, Duration(14, "days"), SAME)
    protocol = study(escalation(staggers=(stagger,), decisions=FIRST_SIX))
    first = Member(
        plan(protocol, Subject("GC-001", partly={"infusion": Partly("2025-03", on("2025-03-01"), on("2025-03-31"))}))
    )
    found = planned(protocol, [first, *waiting(protocol, "GC-002")], "2025-04-20")
    row = found.rows[1]
    assert row.position == 2
    assert [(wait.kind, wait.since, wait.holds) for wait in row.waits] == [("stagger", None, True)]
    assert (
        row.told == "no date: waits for: 14 d after the first dose of GC-001, of which the day is not known exactly"
    )


# --- findings -------------------------------------------------------------------------------------------------------


def test_a_finding_names_the_step_that_is_recorded():
    """Only the infusion of the fourth is: on 05-05, a day before the gate."""
    protocol = study(escalation(decisions=FIRST_SIX))
    none = Dlt("none", None, on("2025-05-06"), "PI")
    fourth = Member(plan(protocol, Subject("GC-004", actual={"infusion": Dated(on("2025-05-05"))})))
    found = planned(protocol, [*three(protocol, none, none, none), fourth], "2025-05-10")
    assert [each.message for each in found.findings] == [
        "GC-004: infusion on Mon 2025-05-05 is 1 d before Tue 2025-05-06: "
        "DLT observation of GC-001, GC-002 and GC-003, the last one until Mon 2025-05-05",
        "GC-004: infusion on Mon 2025-05-05 is 1 d before Tue 2025-05-06: DLT assessed of all 3 by Tue 2025-05-06",
    ]


def test_who_was_dosed_before_the_gate_is_a_finding_with_the_rule():
    gates = (Gate("fourth", "Fourth", Positions(4, None), "smc"),)
    protocol = study(escalation(reviews=(SMC,), gates=gates, decisions=FIRST_SIX))
    days = ("2025-03-10", "2025-03-24", "2025-04-07", "2025-05-08")
    members = [dosed(protocol, f"GC-00{n}", day, **NO_DLT) for n, day in enumerate(days, 1)]
    found = planned(protocol, members, "2025-06-02")
    told = [(f.kind, f.subject, f.rule, str(f.earliest), str(f.actual), f.days_off) for f in found.findings]
    assert told == [  # conditioning was on 05-03
        ("gate", "GC-004", "dlt", "2025-05-06", "2025-05-03", -3),
        ("gate", "GC-004", "decisions", "2025-06-01", "2025-05-03", -29),
        ("gate", "GC-004", "fourth", "2025-06-03", "2025-05-03", -31),
    ]


def test_the_order_of_dosing_that_dates_contradict():
    protocol = study(escalation(decisions=FIRST_SIX))
    members = [dosed(protocol, "GC-001", "2025-03-12"), dosed(protocol, "GC-002", "2025-03-10")]
    (finding,) = planned(protocol, members, "2025-03-20").findings
    assert (finding.kind, finding.subject, finding.days_off) == ("order", "GC-002", -2)
    members = [*waiting(protocol, "GC-001"), dosed(protocol, "GC-002", "2025-03-10")]
    (finding,) = planned(protocol, members, "2025-03-20").findings
    assert "GC-001 stands before it in the order of dosing, and was dosed not yet" in finding.message


@pytest.mark.parametrize(("first", "second", "number"), [("04-20", "03", 1), ("03-20", "03", 0), ("04-20", "04", 0)])
def test_the_order_of_dosing_with_a_day_that_is_not_known(first, second, number):
    """Dosed some day in March the second was before 04-20 for certain; not before 03-20, nor in April."""
    protocol = study(escalation(decisions=FIRST_SIX))
    month = Partly(f"2025-{second}", on(f"2025-{second}-01"), on(f"2025-{second}-30"))
    partly = Member(plan(protocol, Subject("GC-002", partly={"infusion": month})))
    found = planned(protocol, [dosed(protocol, "GC-001", f"2025-{first}"), partly], "2025-06-01")
    told = [each.message for each in found.findings if each.kind == "order"]
    assert (
        told
        == [
            "GC-002: infusion was between Sat 2025-03-01 and Sun 2025-03-30; "
            "GC-001 stands before it in the order of dosing, "
            "and was dosed on Sun 2025-04-20"
        ][:number]
    )


def test_more_evaluable_subjects_than_the_group_allows():
    protocol = study(escalation(groups=(DoseGroup("dl-1", "Dose group 1", Counts(3, 3)),)))
    members = [dosed(protocol, f"GC-00{n}", "2025-03-10") for n in (1, 2, 3, 4)]
    (finding,) = planned(protocol, members, "2025-03-20").findings
    assert (finding.kind, finding.subject) == ("too-many", "GC-004")
    assert finding.message == "Dose group 1 has 4 evaluable subjects, and the protocol plans at most 3: GC-004"


def test_an_assessment_that_the_dates_contradict_is_warned_of():
    protocol = study(escalation(decisions=FIRST_SIX))
    late = Dlt("yes", on("2025-04-08"), on("2025-04-09"), "PI")
    soon = Dlt("none", None, on("2025-04-07"), "PI")
    members = [dosed(protocol, "GC-001", "2025-03-10", dlt=late), dosed(protocol, "GC-002", "2025-03-10", dlt=soon)]
    assert [problem.code for problem in planned(protocol, members, "2025-05-01").problems] == [
        "dlt-outside-period",
        "dlt-too-early",
    ]


def test_who_left_before_the_dose_has_no_place():
    protocol = study(escalation(decisions=FIRST_SIX))
    stop = Discontinued(on("2025-03-01"), ("all",))
    left = Member(plan(protocol, Subject("GC-002", {"infusion": Dated(on("2025-03-20"))}, discontinued=stop)))
    found = planned(protocol, [dosed(protocol, "GC-001", "2025-03-10"), left], "2025-03-11")
    states = [(row.state, row.position) for row in found.rows]
    assert states == [("in-observation", 1), ("withdrawn", None), ("next", 2)]


def test_what_is_lacking_is_said():
    assert lacking(None) == ("escalation",)
    assert lacking(Escalation("a", "b", "dlt")) == ("escalation.complete",)
    assert lacking(escalation()) == ()


# --- the decision table ---------------------------------------------------------------------------------------------


def test_a_hole_and_a_contradiction():
    assert list(flaws_of(THREE_PLUS_THREE)) == []
    assert list(flaws_of(FIRST_SIX)) == []
    hole = tuple(row for row in THREE_PLUS_THREE if row.id != "more-of-6")
    assert [flaw.step for flaw in flaws_of(hole)] == [Step(6, 2), Step(6, 3), Step(6, 4)], "1 of 3 and up to 3 more"
    twice = (*THREE_PLUS_THREE, Decision("other", 3, Counts(1, 1), "stop"))
    assert next((flaw.step, len(flaw.rows)) for flaw in flaws_of(twice)) == (Step(3, 1), 2)
    assert decided(THREE_PLUS_THREE, Step(4, 0)) is None


# --- against a brute force ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(150))
def test_random_cohorts_against_a_brute_force(seed):
    """One group; a day-by-day search that knows nothing of the planner, in the order of dosing."""
    rng = random.Random(seed)
    begin = on("2025-03-03")
    closed = {begin + rng.randrange(120) * DAY for _ in range(rng.randrange(40))}
    site = Site(closures=tuple(Closure((Dates(day, day, str(day)),), "closed") for day in closed))
    window, until = rng.randrange(3), rng.choice((2, 5, 9))
    complete, stagger_opens, review_opens, gate_opens = (rng.choice((SAME, NEXT)) for _ in range(4))
    gap, after = rng.randrange(1, 9), rng.choice((0, 1))
    waits_from = rng.choice((2, 3, 4))
    review_after, preparation = rng.randrange(1, waits_from), rng.choice((None, 1, 3))
    weekdays = frozenset(rng.sample(range(7), rng.choice((1, 2, 7))))
    has_review, has_stagger, step = rng.random() < 0.7, rng.random() < 0.7, rng.choice((1, 2, 3))
    protocol = study(
        escalation(
            complete,
            staggers=(Stagger("gap", Positions(2, None), after, Duration(gap, "days"), stagger_opens),) * has_stagger,
            reviews=(
                Review("board", "Board", review_after, review_opens,
                       preparation=None if preparation is None else Duration(preparation, "days"),
                       meets=(Weekdays(weekdays, "days"),)),
            ),
            gates=(
                Gate("gate", "Gate", Positions(waits_from, None), "board" if has_review else "", opens=gate_opens),
            ),
            decisions=tuple(Decision(f"at-{n}", n, Counts(0, None), "add", step) for n in range(step, 9, step)),
        ),
        window,
    )  # fmt: skip
    protocol = replace(
        protocol,
        periods=(replace(protocol.periods[0], until=Offset(Duration(until, "days"), 1, INFUSION)),),
    )
    today = begin
    found = cohort_plan(Cohort(protocol, site, tuple(waiting(protocol, *"ABCDE", site=site)), is_ordered=True), today)

    def later(day: date, opens: Opens) -> date:
        return day if opens == SAME else day + DAY

    taken: list[tuple[date, date, date]] = []  # commit, dose, last day of observation
    for position in range(1, 6):
        first = today
        ends = [end for _, _, end in taken]
        done = [later(end, complete) for end in ends]
        asked = (position - 1) // step * step
        if asked:
            first = max(first, *done[:asked])
        if position >= waits_from:
            if has_review:
                day = later(max(ends[:review_after]), review_opens) + (preparation or 0) * DAY
                day = max(day, today)
                while day in closed or day.weekday() not in weekdays:
                    day += DAY
                first = max(first, later(day, gate_opens))
            else:
                first = max(first, *done)
        dose_from = today
        if taken:
            dose_from = taken[-1][1]
            if has_stagger:
                dose_from = max(dose_from, later(taken[after - 1][1] + gap * DAY, stagger_opens))
        dose = first - 10 * DAY
        while True:
            dose += DAY
            target = dose - 5 * DAY
            near = [target + k * DAY for k in range(-window, window + 1)]
            # the day before a hold's end is no choice where the target itself is held back
            can = [day for day in near if day >= first and day not in closed]
            if dose >= dose_from and dose not in closed and can:
                break
        commit = min(can, key=lambda day: (abs(day - target), -day.toordinal()))
        taken.append((commit, dose, dose + until * DAY))
    assert [(row.commits, row.first_dose, row.observed_until) for row in found.rows] == taken


def test_who_began_before_the_gate_and_was_not_dosed_is_a_finding_too():
    """Conditioned on 05-03, three days before the gate; then the infusion was missed."""
    protocol = study(escalation(decisions=FIRST_SIX))
    none = Dlt("none", None, on("2025-05-06"), "PI")
    absent = {"infusion": Absent("missed", "infection")}
    out = Subject("GC-004", actual={"conditioning": Dated(on("2025-05-03"))}, absent=absent)
    found = planned(protocol, [*three(protocol, none, none, none), Member(plan(protocol, out))], "2025-05-10")
    assert [(each.kind, each.subject, each.days_off) for each in found.findings] == [
        ("gate", "GC-004", -3),
        ("gate", "GC-004", -3),
    ]
    row = found.rows[3]
    assert (row.state, str(row.commits), row.commits_is_actual, row.is_stated) == (
        "withdrawn",
        "2025-05-03",
        True,
        False,
    )
    assert row.told == "out before the first dose (infusion missed, infection)"
    assert found.rows[4].position == 4


@pytest.mark.parametrize(
    ("told", "first", "last", "findings", "warnings"),
    [
        (
            "2025-04",
            "2025-04-01",
            "2025-04-30",
            2,
            0,
        ),  # the gate opened on 05-06: by the end of April it was too early
        ("2025-05", "2025-05-01", "2025-05-31", 0, 2),
        ("2025-06", "2025-06-01", "2025-06-30", 0, 0),
    ],
)
def test_a_dose_known_in_part_is_judged_as_far_as_it_is_known(told, first, last, findings, warnings):
    protocol = study(escalation(decisions=FIRST_SIX))
    none = Dlt("none", None, on("2025-05-06"), "PI")
    fourth = Member(plan(protocol, Subject("GC-004", partly={"infusion": Partly(told, on(first), on(last))})))
    found = planned(protocol, [*three(protocol, none, none, none), fourth], "2025-07-10")
    assert [each.kind for each in found.findings] == ["gate"] * findings
    assert [each.code for each in found.problems] == ["not-judged"] * warnings
    assert all((each.actual, each.days_off) == (None, None) for each in found.findings)
    assert (found.rows[3].state, found.rows[3].position) == ("in-observation", 4)


# --- what is not recorded is still to come --------------------------------------------------------------------------


def test_a_dose_in_the_past_that_nobody_recorded_completes_no_observation():
    """The third was conditioned on 04-02; its infusion was to be on 04-07, and today is 06-20."""
    protocol = study(escalation(decisions=FIRST_SIX))
    third = Member(plan(protocol, Subject("GC-003", actual={"conditioning": Dated(on("2025-04-02"))})))
    found = planned(protocol, [*three(protocol)[:2], third], "2025-06-20")
    row = found.rows[2]
    assert (row.state, row.first_dose, row.complete_from) == ("committed", None, None)
    assert row.told == "conditioning was on Wed 2025-04-02, the dose of Mon 2025-04-07 is not recorded"
    assert [each.code for each in found.problems] == ["dose-not-recorded"]
    following = found.rows[3]
    assert (following.position, following.gate, following.commits) == (4, None, None)
    assert following.told.startswith(
        "no date: waits for: DLT observation of GC-001, GC-002, GC-003: no date is known"
    )


def test_whoever_waits_for_what_has_no_date_has_none_and_keeps_its_place():
    """The first was dosed in March, on a day that nobody knows: the others stand in their order, without dates."""
    gate = Gate("one-by-one", "One by one", Positions(2, None))
    protocol = study(escalation(gates=(gate,), decisions=FIRST_SIX))
    march = Partly("2025-03", on("2025-03-01"), on("2025-03-31"))
    first = Member(plan(protocol, Subject("GC-001", partly={"infusion": march})))
    found = planned(protocol, [first, *waiting(protocol, "GC-002", "GC-003")], "2025-03-20")
    assert [(row.position, row.commits, row.first_dose) for row in found.rows[1:]] == [
        (2, None, None),
        (3, None, None),
    ]


def test_a_gate_whose_review_can_never_be_gives_no_date():
    """The review needs three, and the second may not come before it."""
    gate = Gate("second", "Second", Positions(2, None), "smc")
    protocol = study(escalation(reviews=(SMC,), gates=(gate,), decisions=FIRST_SIX))
    found = planned(protocol, [dosed(protocol, "GC-001", "2025-03-10"), *waiting(protocol, "GC-002")], "2025-05-20")
    assert (found.rows[1].gate, found.rows[1].commits) == (None, None)
    assert "after 3 evaluable subjects of Dose group 1; it has 1" in found.rows[1].told


def screened(window: str = "14 d") -> Protocol:
    """Screening starts the plan; the dose is 14 d after it, at most 7 d earlier or 14 d later."""
    first = Reference("screening", ("screening",))
    dose = Reference("dose", ("dose",))
    return Protocol(
        "demo",
        "Demo",
        StudyDays(0, True),
        "screening",
        "screening",
        (
            Visit("screening", "Screening", OnDay(0)),
            Visit("dose", "Dose", Offset(Duration(14, "days"), 1, first),
                  window=Window(Duration(7, "days"), Duration(14, "days")), type="dose"),
        ),
        periods=(
            Period("dlt", "DLT", Offset(Duration(0, "days"), 1, dose), Offset(Duration(27, "days"), 1, dose)),
        ),
        escalation=Escalation("dose", "dose", "dlt", NEXT, groups=(DoseGroup("dl-1", "Dose group 1"),),
                              gates=(Gate("one", "One", Positions(2, None)),),
                              decisions=FIRST_SIX),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("screening", "planned_on", "kinds", "is_stated"),
    [
        ("2025-03-20", "2025-04-07", [], False),  # target 04-03, window 03-27 to 04-17; the gate opens on 04-07
        ("2025-03-05", "2025-03-19", ["gate"], True),  # window 03-12 to 04-02: no day of it is after the gate
    ],
)
def test_a_stated_screening_leaves_the_dose_the_days_of_its_window(screening, planned_on, kinds, is_stated):
    """The first is dosed on 03-10 and observed until 04-06."""
    protocol = screened()
    actual = {"screening": Dated(on("2025-02-24")), "dose": Dated(on("2025-03-10"))}
    first = Member(plan(protocol, Subject("S-1", actual=actual)))
    second = Member(plan(protocol, Subject("S-2", actual={"screening": Dated(on(screening))})))
    found = planned(protocol, [first, second], "2025-03-12")
    row = found.rows[1]
    assert (str(row.first_dose), row.is_stated) == (planned_on, is_stated)
    assert [each.kind for each in found.findings] == kinds


def test_no_visit_that_is_to_come_is_before_today():
    """Nobody screened the next one: on 05-20 at the earliest, and the dose 7 d after that."""
    protocol = screened()
    found = planned(protocol, waiting(protocol, "S-1"), "2025-05-20")
    on_days = {row.id: str(row.on) for row in found.rows[0].schedule.visits}
    assert on_days["screening"] == "2025-05-20"
    assert "2025-05-27" <= on_days["dose"] <= "2025-06-17"
    assert found.rows[0].told == (
        f"nothing across subjects holds it back; its own calendar leaves no date before "
        f"{on(on_days['dose']):%a} {on_days['dose']}; before it, and not recorded as done: screening Tue 2025-05-20"
    )


def test_a_first_step_known_in_part_was_a_first_step():
    """Conditioned in April, before the gate of 05-06: a finding, and no subject who is still to come."""
    protocol = study(escalation(decisions=FIRST_SIX))
    none = Dlt("none", None, on("2025-05-06"), "PI")
    april = Partly("2025-04", on("2025-04-01"), on("2025-04-30"))
    fourth = Member(plan(protocol, Subject("GC-004", partly={"conditioning": april})))
    found = planned(protocol, [*three(protocol, none, none, none), fourth], "2025-05-10")
    assert found.rows[3].state == "committed"
    assert [(each.kind, each.subject, each.actual) for each in found.findings] == [("gate", "GC-004", None)] * 2
    assert found.findings[0].message.startswith("GC-004: conditioning in 2025-04, by Wed 2025-04-30, is 6 d before")


def test_records_of_one_subject_that_contradict_each_other():
    protocol = study(escalation(decisions=FIRST_SIX))
    lost = NotEvaluable("withdrew", on("2025-03-30"), "PI")
    yes = Dlt("yes", on("2025-03-20"), on("2025-03-21"), "PI")
    stop = Discontinued(on("2025-03-15"), ("all",), ("conditioning", "infusion"))
    members = [
        dosed(protocol, "GC-001", "2025-03-10", dlt=yes, not_evaluable=lost),
        dosed(protocol, "GC-002", "2025-03-10", discontinued=stop),
        Member(plan(protocol, Subject("GC-003", not_evaluable=lost))),
    ]
    found = planned(protocol, members, "2025-04-20")
    assert [(each.level, each.code) for each in found.problems] == [
        ("error", "dlt-not-evaluable"),
        ("warning", "left-observation"),
    ]
    assert [(row.state, row.position) for row in found.rows[2:]] == [("withdrawn", None), ("next", 2)]


# --- the candidate for the MTD --------------------------------------------------------------------------------------

LEVELS = (DoseGroup("low", "10 mg"), DoseGroup("high", "20 mg"))
NONE = Dlt("none", None, on("2025-04-08"), "PI")
YES = Dlt("yes", on("2025-04-15"), on("2025-04-16"), "PI")


def stopped_above(**fields: object) -> tuple[Protocol, list[Member]]:
    """Three without a DLT at the low dose (03-10), two with one at the high dose (04-14, known on 04-16)."""
    protocol = study(escalation(groups=LEVELS, decisions=THREE_PLUS_THREE, mtd_needs=6, **fields))
    low = [dosed(protocol, f"L-{n}", "2025-03-10", dose_group="low", dlt=NONE) for n in (1, 2, 3)]
    return protocol, [*low, *(dosed(protocol, f"H-{n}", "2025-04-14", dose_group="high", dlt=YES) for n in (1, 2))]


def test_the_candidate_for_the_mtd_is_expanded_and_says_why():
    """Two DLTs of three stop the high dose, whatever comes of the third: known on 04-16."""
    protocol, members = stopped_above()
    row = planned(protocol, [*members, *waiting(protocol, "L-4")], "2025-04-20").rows[5]
    assert (row.group, row.position, str(row.gate)) == ("low", 4, "2025-04-16")
    assert [wait.told for wait in row.waits] == ["2 DLTs (H-1 and H-2), assessed by Wed 2025-04-16"]


def test_what_the_outcomes_of_the_candidate_lead_to():
    """It needs six; the table's rows of six, and no way up again."""
    protocol, members = stopped_above()
    low, high = planned(protocol, members, "2025-04-20").groups
    assert [(each.of, each.dlts, each.then) for each in low.outcomes] == [
        (6, 0, "stop"),
        (6, 1, "stop"),
        (6, 2, "stop"),
        (6, 3, "stop"),
    ]
    assert low.outcomes[1].told == "10 mg is the candidate for the MTD, with the 6 subjects that it needs"
    assert low.outcomes[2].told == "no more subjects in 10 mg"
    assert [(each.of, each.dlts) for each in high.outcomes] == [(3, 2), (3, 3)]


def test_who_is_dosed_as_offered_in_the_expansion_is_no_finding():
    protocol, members = stopped_above()
    row = planned(protocol, [*members, *waiting(protocol, "L-4")], "2025-04-20").rows[5]
    member = dosed(protocol, "L-4", str(row.first_dose), dose_group="low")
    found = planned(protocol, [*members, member, *waiting(protocol, "L-5")], "2025-05-01")
    assert found.findings == ()
    assert [(each.group, each.position) for each in found.rows[5:]] == [("low", 4), ("low", 5)]
    too_soon = dosed(protocol, "L-4", "2025-04-18", dose_group="low")  # conditioned on 04-13, before that was known
    found = planned(protocol, [*members, too_soon], "2025-05-01")
    assert [(each.kind, each.days_off) for each in found.findings] == [("gate", -3)]


def test_the_expanded_candidate_is_stopped_by_its_own_dlts():
    """Of six at the low dose two or more stop it: with two of five nobody is offered the sixth place."""
    protocol, members = stopped_above()
    late = Dlt("yes", on("2025-05-01"), on("2025-05-02"), "PI")
    more = [dosed(protocol, f"L-{n}", "2025-04-28", dose_group="low", dlt=late) for n in (4, 5)]
    found = planned(protocol, [*members, *more, *waiting(protocol, "L-6")], "2025-05-10")
    assert (found.rows[7].state, found.rows[7].commits) == ("no-place", None)
    assert "2 DLTs in 10 mg, which is stopped, too" in found.rows[7].told
    one = planned(protocol, [*members, more[0], *waiting(protocol, "L-6")], "2025-05-10")
    assert (one.rows[6].group, one.rows[6].position) == ("low", 5)


@pytest.mark.parametrize("seed", range(100))
def test_who_is_dosed_as_offered_is_no_finding(seed):
    """A 3+3 escalation to its end, each subject recorded on the first dates offered, with random DLTs."""
    rng = random.Random(seed)
    gates = (Gate("own", "Own", Positions(2, None)),) if seed % 3 == 0 else ()
    stagger = (Stagger("gap", Positions(2, 3), 0, Duration(9, "days"), NEXT),) if seed % 2 else ()
    protocol = study(
        escalation(
            groups=LEVELS, decisions=THREE_PLUS_THREE, mtd_needs=rng.choice((0, 6)), gates=gates, staggers=stagger
        )
    )
    today, members = on("2025-03-03"), []
    for number in range(20):
        row = planned(protocol, [*members, *waiting(protocol, "next")], str(today)).rows[-1]
        if row.commits is None:
            assert row.state == "no-place"
            break
        if any(wait.holds for wait in row.waits):  # it waits for an observation that is not over yet
            today = max(row.commits, today + DAY)
            continue
        last = row.first_dose + 28 * DAY
        yes = Dlt("yes", row.first_dose + 3 * DAY, row.first_dose + 4 * DAY, "PI")
        dlt = yes if rng.random() < 0.3 else Dlt("none", None, last + DAY, "PI")
        actual = {"conditioning": Dated(row.commits), "infusion": Dated(row.first_dose)}
        subject = Subject(f"S-{number}", actual=actual, dose_group=row.group, dlt=dlt)
        members.append(Member(plan(protocol, subject)))
        today = last + DAY
    found = planned(protocol, members, str(today))
    assert (found.findings, found.problems) == ((), ())
    assert len(members) >= 2


# --- against the simulation, which is other code --------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_day_by_day_a_cohort_goes_as_a_simulated_one(seed):
    """Nobody has a DLT, and everybody is there: each step is taken, recorded and reviewed on its first day."""
    rng = random.Random(seed)
    begin, length = on("2025-03-03"), rng.randrange(3, 9)
    group = rng.choice(("", "low", "high"))
    review = Review(
        "smc",
        "SMC",
        rng.choice((1, 2, 3, None)),
        rng.choice((SAME, NEXT)),
        preparation=rng.choice((None, Duration(2, "days"))),
        meets=rng.choice(((), (Weekdays(frozenset((2,)), "Wed"),))),
        group=rng.choice(("", "low")),
    )
    if review.after is None:  # of the whole group below: within a group nobody plans one after each subject
        group, review = "high", replace(review, group="low")
    first = (review.after or 0) + 1
    if group == "high" and review.group:
        first = rng.choice((1, first))
    gates = (
        Gate("seen", "Seen", Positions(first, None), "smc", opens=rng.choice((SAME, NEXT)), group=group),
        Gate("each", "Each", Positions(rng.choice((1, 2)), 2), group=rng.choice(("", "high"))),
    )[rng.randrange(2) :]
    positions, gap = Positions(2, rng.choice((2, None))), Duration(rng.randrange(1, 12), "days")
    where = rng.choice(("", "low", "high"))
    stagger = Stagger("gap", positions, rng.choice((0, 1)), gap, rng.choice((SAME, NEXT)), group=where)
    staggers = (stagger,)[rng.randrange(2) :]
    complete = rng.choice((SAME, NEXT))
    protocol = study(escalation(complete, groups=LEVELS, decisions=THREE_PLUS_THREE, reviews=(review,), gates=gates,
                                staggers=staggers))  # fmt: skip
    until = Offset(Duration(length, "days"), 1, INFUSION)
    protocol = replace(protocol, periods=(replace(protocol.periods[0], until=until),))
    given = Given(begin, Rate(900_000.0, "day"), Duration(0, "days"), 0.0, {"low": 0.0, "high": 0.0})
    run = Simulator(protocol, OPEN, given).run(random.Random(seed).random)

    seen: list[HeldReview] = []
    dates: list[tuple[str, date, date]] = []  # group, first step, first day after the observation
    for today in (begin + n * DAY for n in range(400)):
        while True:
            members = []
            for number, (where, commits, done) in enumerate(dates):
                dlt = Dlt("none", None, done, "PI") if done <= today else None
                actual = {"conditioning": Dated(commits), "infusion": Dated(commits + 5 * DAY)}
                members.append(
                    Member(plan(protocol, Subject(f"S-{number}", actual=actual, dose_group=where, dlt=dlt)))
                )
            found = planned(protocol, [*members, *waiting(protocol, "next")], str(today), reviews=tuple(seen))
            new = [
                each for each in found.reviews if each.held is None and each.earliest == today and "" not in each.of
            ]
            new = [each for each in new if not any(wait.holds for wait in each.waits) and "next" not in each.of]
            if new:
                seen += [HeldReview("smc", each.group, today) for each in new]
                continue
            row = found.rows[-1]
            if row.commits != today or any(wait.holds for wait in row.waits if wait.kind not in ("stagger", "order")):
                break
            dates.append((row.group, today, row.complete_from))
        if row.state == "no-place":
            break
    assert found.findings == ()
    ends = [max(done for where, _, done in dates if where == name) for name in ("low", "high")]
    assert run.ending == "all-groups"
    assert run.ends == tuple(day.toordinal() for day in ends)


# --- whose review it is, and who was evaluable then -----------------------------------------------------------------


def test_a_review_of_one_group_gates_another_group():
    """The SMC sees the first three at the low dose (complete on 04-08); everybody at the high dose waits for that."""
    review = replace(SMC, group="low")
    gates = (Gate("high", "High", Positions(1, None), "smc", group="high"),)
    protocol = study(escalation(groups=LEVELS, decisions=THREE_PLUS_THREE, reviews=(review,), gates=gates))
    members = [dosed(protocol, f"L-{n}", "2025-03-10", dose_group="low", dlt=NONE) for n in (1, 2, 3)]
    held = HeldReview("smc", "low", on("2025-04-09"))
    found = planned(protocol, [*members, *waiting(protocol, "H-1", "H-2")], "2025-04-10", reviews=(held,))
    assert [(row.group, row.position, str(row.gate)) for row in found.rows[3:]] == [
        ("high", 1, "2025-04-10"),
        ("high", 2, "2025-04-10"),
    ]
    unseen = planned(protocol, [*members, *waiting(protocol, "H-1")], "2025-04-10")
    assert "that it was held is not recorded" in unseen.rows[3].told


def test_a_past_step_is_judged_by_who_was_evaluable_then():
    """The first three were complete on 05-06 and seen on 05-07; on 06-01 one of them is called not evaluable."""
    gates = (Gate("fourth", "Fourth", Positions(4, None), "smc"),)
    protocol = study(escalation(reviews=(SMC,), gates=gates, decisions=FIRST_SIX))
    none = Dlt("none", None, on("2025-05-06"), "PI")
    held = HeldReview("smc", "dl-1", on("2025-05-07"))
    out = NotEvaluable("took what was not allowed", on("2025-06-01"), "PI")
    first = dosed(protocol, "GC-001", THREE[0], dlt=none, not_evaluable=out)
    members = [first, *three(protocol, none, none, none)[1:], dosed(protocol, "GC-004", "2025-05-13")]
    found = planned(protocol, members, "2025-06-02", reviews=(held,))
    assert found.findings == ()
    assert [row.position for row in found.rows] == [None, 1, 2, 3, 4]
    assert (str(found.reviews[0].held), found.reviews[0].of) == ("2025-05-07", ("GC-001", "GC-002", "GC-003"))
    early = planned(protocol, [*members[:3], dosed(protocol, "GC-004", "2025-05-12")], "2025-06-02", reviews=(held,))
    assert [(each.rule, each.days_off) for each in early.findings] == [("fourth", -1)], "conditioned on 05-07"


def test_a_spare_group_is_used_only_where_people_decided_so():
    protocol = study(escalation(groups=SPARE, decisions=FIRST_SIX))
    members = [dosed(protocol, "GC-001", "2025-03-10"), dosed(protocol, "GC-002", "2025-03-31", dose_group="spare")]
    found = planned(protocol, members, "2025-04-01")
    assert [each.message for each in found.findings] == [
        "GC-002: conditioning was on Wed 2025-03-26; by what the files say it still waited: "
        "a decision to use 2e5 is not recorded"
    ]
    ruling = Ruling("dl-1", 1, "escalate", on("2025-03-20"), "PI", to="spare")
    found = planned(protocol, members, "2025-04-01", rulings=(ruling,))
    assert (found.findings, found.problems) == ((), ())


def test_what_is_assumed_is_said_of_every_link_and_finding():
    """The table's rows, and the end of the period: not the name of a gate."""
    rows = tuple(replace(row, assumed={"at": "the usual table"}) for row in FIRST_SIX)
    gate = Gate("fourth", "Fourth", Positions(4, None), assumed={"name": "a name of our own"})
    base = study(escalation(decisions=rows, gates=(gate,)))
    period = replace(base.periods[0], assumed={"until": "28 d are taken"})
    protocol = replace(base, periods=(period,))
    none = Dlt("none", None, on("2025-05-06"), "PI")
    fourth = dosed(protocol, "GC-004", "2025-05-08", dlt=None)
    found = planned(protocol, [*three(protocol, none, none, none), fourth], "2025-05-10")
    assert [(each.rule, each.assumed) for each in found.findings] == [
        ("dlt", True),
        ("decisions", True),
        ("fourth", True),
    ]
    exact = replace(protocol, periods=base.periods)
    waits = planned(exact, three(exact, none, none, none), "2025-05-10").rows[3].waits
    assert [(wait.rule, wait.assumed) for wait in waits] == [
        ("dlt", ""),
        ("decisions", "the usual table"),
        ("fourth", ""),
    ]


# --- rules of one group, and dates of one subject -------------------------------------------------------------------


def test_gates_and_staggers_of_one_group_bind_no_other():
    gates = (Gate("each", "Each", Positions(2, None), group="high"),)
    staggers = (Stagger("gap", Positions(2, None), 0, Duration(9, "days"), SAME, group="high"),)
    reviews = (replace(SMC, id="smc-high", group="high"), replace(SMC, id="smc-low", group="low"))
    decisions = THREE_PLUS_THREE
    protocol = study(escalation(groups=LEVELS, decisions=decisions, gates=gates, staggers=staggers, reviews=reviews))
    low = [dosed(protocol, "L-1", "2025-03-10", dose_group="low"), *waiting(protocol, "L-2")]
    found = planned(protocol, low, "2025-03-11")
    assert (found.rows[1].waits, str(found.rows[1].commits)) == ((), "2025-03-11")
    assert [(each.review.id, each.group) for each in found.reviews] == [("smc-low", "low")]
    done = [dosed(protocol, f"L-{n}", "2025-03-10", dose_group="low", dlt=NONE) for n in (1, 2, 3)]
    high = [*done, dosed(protocol, "H-1", "2025-04-14", dose_group="high"), *waiting(protocol, "H-2")]
    found = planned(protocol, high, "2025-04-15")
    assert [wait.rule for wait in found.rows[4].waits] == ["each", "gap"]
    assert str(found.rows[4].gate) == "2025-05-13", "the day after 04-14 + 28 d"


def test_no_step_is_before_today_though_its_gate_has_been_open():
    protocol = study(escalation(decisions=FIRST_SIX))
    none = Dlt("none", None, on("2025-05-06"), "PI")
    row = planned(protocol, three(protocol, none, none, none), "2025-06-11").rows[3]
    assert (str(row.gate), str(row.commits)) == ("2025-05-06", "2025-06-11")


def test_what_is_on_hold_for_one_subject_moves_that_one():
    protocol = study(escalation(decisions=FIRST_SIX))
    hold = Hold(on("2025-05-01"), on("2025-05-20"), ("infusion",), "fever")
    held = Member(plan(protocol, Subject("GC-002", holds=(hold,))))
    found = planned(protocol, [dosed(protocol, "GC-001", "2025-03-10"), held], "2025-05-04")
    assert (str(found.rows[1].commits), str(found.rows[1].first_dose)) == ("2025-05-16", "2025-05-21")


# --- what must not open anything ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ruling", "dlts", "told"),
    [
        (Ruling("low", 1, "add", on("2025-03-13"), "x", 30), (None, YES, YES), "does not lead to it"),
        (Ruling("low", 1, "escalate", on("2024-01-01"), "x"), (None, None, None), "L-1 had not been dosed by then"),
        (Ruling("low", 3, "escalate", on("2025-03-11"), "x"), (NONE, NONE, NONE), "L-3 had not been dosed by then"),
    ],
)
def test_a_decision_that_cannot_have_been_made_opens_nothing(ruling, dlts, told):
    """Two DLTs of three stop the group, whatever somebody wrote before; nobody decides on those to come."""
    protocol = study(escalation(groups=LEVELS, decisions=THREE_PLUS_THREE))
    days = ("2025-03-10", "2025-03-10", "2025-03-12")
    members = [
        dosed(protocol, f"L-{n}", day, dose_group="low", dlt=dlt)
        for n, (day, dlt) in enumerate(zip(days, dlts, strict=True), 1)
    ]
    found = planned(protocol, members, "2025-04-20", rulings=(ruling,))
    alone = planned(protocol, members, "2025-04-20")
    assert (found.rows[3].gate, found.rows[3].commits) == (alone.rows[3].gate, alone.rows[3].commits)
    assert [(each.code, told in each.message) for each in found.problems if each.level == "error"] == [
        ("unused-decision", True)
    ]


def test_people_add_subjects_and_the_table_is_asked_at_its_own_numbers_all_the_same():
    """One DLT of three, and people add 30: at six the table counts two DLTs, and stops."""
    protocol = study(escalation(groups=LEVELS, decisions=THREE_PLUS_THREE))
    yes = Dlt("yes", on("2025-03-20"), on("2025-03-21"), "PI")
    later = Dlt("yes", on("2025-05-20"), on("2025-05-21"), "PI")
    first = [
        dosed(protocol, f"L-{n}", "2025-03-10", dose_group="low", dlt=dlt)
        for n, dlt in ((1, yes), (2, NONE), (3, NONE))
    ]
    ruling = Ruling("low", 3, "add", on("2025-04-09"), "x", 30)
    more = [dosed(protocol, f"L-{n}", "2025-05-12", dose_group="low", dlt=later) for n in (4, 5)]
    found = planned(protocol, [*first, more[0], *waiting(protocol, "L-5")], "2025-05-30", rulings=(ruling,))
    assert found.rows[4].state == "no-place"
    assert (
        planned(protocol, [*first, *waiting(protocol, "L-4")], "2025-05-10", rulings=(ruling,)).rows[3].position == 4
    )


@pytest.mark.parametrize(
    ("dlts", "asked"), [((YES, YES), "low"), ((None, None), "high")], ids=["stopped", "not yet escalated"]
)
def test_a_dose_group_in_the_file_of_a_candidate_gives_no_place(dlts, asked):
    protocol = study(escalation(groups=LEVELS, decisions=THREE_PLUS_THREE))
    members = [dosed(protocol, f"L-{n}", "2025-04-14", dose_group="low", dlt=dlt) for n, dlt in enumerate(dlts, 1)]
    candidate = Member(plan(protocol, Subject("L-3", dose_group=asked)))
    found = planned(protocol, [*members, candidate], "2025-06-20")
    assert (found.rows[2].state, found.rows[2].commits) == ("no-place", None)
    assert [(each.level, each.code) for each in found.problems] == [("error", "other-dose-group")]


def test_a_candidate_in_a_spare_group_waits_for_a_decision():
    protocol = study(escalation(groups=SPARE, decisions=FIRST_SIX))
    candidate = Member(plan(protocol, Subject("GC-002", dose_group="spare")))
    members = [dosed(protocol, "GC-001", "2025-03-10"), candidate]
    row = planned(protocol, members, "2025-03-20").rows[1]
    assert (row.state, row.told) == ("no-place", "a decision to use 2e5 is not recorded")
    ruling = Ruling("dl-1", 1, "escalate", on("2025-03-12"), "PI", to="spare")
    row = planned(protocol, members, "2025-03-20", rulings=(ruling,)).rows[1]
    assert (row.group, row.position, str(row.gate), str(row.commits)) == ("spare", 1, "2025-03-13", "2025-03-20")


def test_a_none_from_before_the_end_of_the_observation_is_no_assessment():
    protocol = study(escalation(decisions=FIRST_SIX))
    early = [Dlt("none", None, on(day), "PI") for day in THREE]
    found = planned(protocol, three(protocol, *early), "2025-06-20")
    assert [row.dlt for row in found.rows[:3]] == ["not-assessed"] * 3
    assert "DLT not yet assessed: GC-001, GC-002, GC-003" in found.rows[3].told
    assert [each.code for each in found.problems] == ["dlt-too-early"] * 3
    last = Dlt("none", None, on("2025-04-07"), "PI")  # at the visit of Day 28: warned of, and taken
    found = planned(protocol, [dosed(protocol, "GC-001", "2025-03-10", dlt=last)], "2025-06-20")
    assert (found.rows[0].dlt, [each.code for each in found.problems]) == ("none", ["dlt-too-early"])
    assert "from the last day of the observation" in found.problems[0].message
    undosed = Member(plan(protocol, Subject("GC-001", dlt=NONE)))
    assert planned(protocol, [undosed], "2025-06-20").rows[0].dlt == "not-assessed"


def test_a_dlt_period_that_ends_before_it_begins_completes_nothing():
    base = study(escalation(decisions=FIRST_SIX, gates=(Gate("each", "Each", Positions(2, None)),)))
    until = Offset(Duration(3, "days"), -1, INFUSION)
    protocol = replace(base, periods=(replace(base.periods[0], until=until),))
    found = planned(protocol, [dosed(protocol, "GC-001", "2025-03-19"), *waiting(protocol, "GC-002")], "2025-03-20")
    assert [(each.level, each.code) for each in found.problems] == [("error", "backwards-dlt-period")]
    assert (found.rows[0].complete_from, found.rows[1].commits) == (None, None)


def test_a_release_cannot_be_given_before_today():
    """The SMC met on 05-07; today is 05-12 and nobody recorded a release: given today, it opens the gate tomorrow."""
    gates = (Gate("fourth", "Fourth", Positions(4, None), "smc", release=True),)
    protocol = study(escalation(reviews=(SMC,), gates=gates, decisions=FIRST_SIX))
    none = Dlt("none", None, on("2025-05-06"), "PI")
    held = HeldReview("smc", "dl-1", on("2025-05-07"))
    row = planned(protocol, three(protocol, none, none, none), "2025-05-12", reviews=(held,)).rows[3]
    assert (str(row.gate), str(row.commits)) == ("2025-05-13", "2025-05-13")
    released = Release("fourth", "dl-1", on("2025-05-12"))
    row = planned(
        protocol, three(protocol, none, none, none), "2025-05-12", reviews=(held,), releases=(released,)
    ).rows[3]
    assert (str(row.gate), str(row.commits)) == ("2025-05-13", "2025-05-13")


def test_that_people_do_at_once_what_is_not_recorded_is_an_assumption():
    gates = (Gate("fourth", "Fourth", Positions(4, None), "smc", release=True),)
    protocol = study(escalation(reviews=(SMC,), gates=gates, decisions=FIRST_SIX))
    members = three(protocol, *(Dlt("none", None, on("2025-05-06"), "PI"),) * 3)
    held, released = HeldReview("smc", "dl-1", on("2025-05-07")), Release("fourth", "dl-1", on("2025-05-08"))
    assumed = ("every review is held, and every release decided, on its first possible day",)
    assert planned(protocol, members, "2025-05-12").assumed == assumed
    assert planned(protocol, members, "2025-05-12", reviews=(held,)).assumed == assumed
    assert planned(protocol, members, "2025-05-12", reviews=(held,), releases=(released,)).assumed == ()


def test_staggers_count_from_the_doses_as_they_were_given():
    """The list has GC-001 first, and GC-002 was dosed 7 days before it: 14 are asked for, of the third, too."""
    stagger = Stagger("apart", Positions(2, None), 0, Duration(14, "days"), SAME)
    protocol = study(escalation(staggers=(stagger,), decisions=FIRST_SIX))
    members = [dosed(protocol, "GC-001", "2025-05-06"), dosed(protocol, "GC-002", "2025-04-29")]
    found = planned(protocol, [*members, *waiting(protocol, "GC-003")], "2025-05-09")
    assert [(each.kind, each.subject, str(each.earliest)) for each in found.findings] == [
        ("order", "GC-002", "2025-05-06"),
        ("stagger", "GC-001", "2025-05-13"),
    ]
    assert str(found.rows[2].first_dose) == "2025-05-20"
