"""A cohort as a page to read and to print: where each subject stands, the next gate, the reviews, what may come.

A room of its own because it is about several subjects. A date that was recorded stands as it is; one that is still to
come, the earliest that the calendar rules allow, stands in brackets, which needs no colours. The subjects themselves
are listed in `cohort_subjects`, and drawn in `cohort_bars`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.text import Text

from trialcal.cohort import CohortFinding, CohortPlan, GateRow, GroupRow, ReviewRow, Row, State, Wait
from trialcal.problems import Problem
from trialcal.telling import date_told as _told
from trialcal.writers.cohort_bars import bars_lines
from trialcal.writers.cohort_subjects import subjects_lines
from trialcal.writers.cohort_words import (
    TO_COME,
    WHO_DECIDES,
    chain_of,
    gate_told,
    group_name,
    of_dates,
    of_protocol,
    place_told,
    state_of,
    steps_of,
    visit_name,
    who,
)
from trialcal.writers.dated import date_inked, sentence_inked
from trialcal.writers.page import Column, glued, hanging, heading, ink, joined, printed, table
from trialcal.writers.page import Row as PageRow

_COUNTED: dict[State, str] = {
    "complete": "with complete DLT observation",
    "in-observation": "in DLT observation",
    "not-evaluable": "not evaluable",
    "committed": "committed, not yet dosed",
    "screening": "to come",
    "withdrawn": "out before the dose",
    "no-place": "without a place",
}


def cohort_text(plan: CohortPlan, *, width: int, colour: bool) -> str:
    """Give a cohort as text of at most `width` cells a line (60 or more); without `colour` no escape codes."""
    lines = [
        *_head(plan, width),
        *_findings(plan.findings, width),
        *_problems(plan.problems, width),
        *subjects_lines(plan, width),
        *_next_gate(plan, width),
        *_further_chains(plan, width),
        *_reviews(plan, width),
        *_outcomes(plan.groups, width),
        *bars_lines(plan, width),
        *_assumed(plan, width),
    ]
    return printed(lines, colour=colour)


# --- the head -------------------------------------------------------------------------------------------------------


def _head(plan: CohortPlan, width: int) -> Iterator[Text]:
    cohort, protocol = plan.cohort, plan.cohort.protocol
    title = f"Cohort {cohort.name}" if cohort.name else "Cohort"
    yield from hanging(ink((f"{title} as of ", "bold"), date_inked(plan.today)), Text(), width, 0)
    yield Text()
    version = f", version {protocol.version}" if protocol.version else ""
    design = protocol.escalation.design if protocol.escalation is not None else ""
    facts: list[tuple[str, Text]] = [
        ("Protocol", ink(f"{protocol.id}{version}: {protocol.title}")),
        ("From", ink((str(protocol.source), "bold" if protocol.source.registry else ""))),
    ]
    if design:
        facts.append(("Design", ink(design)))
    groups = {row.group for row in plan.rows if row.group}
    if len(groups) == 1:
        facts.append(("Dose group", ink(group_name(plan, *groups))))
    facts.append(("Site", ink(cohort.site.name or cohort.site.file or "none: every day is open")))
    facts.append(("Subjects", ink(_counted(plan))))
    facts.append(("DLT", ink(_dlt_counted(plan))))
    facts.append(("Result", _result(plan)))
    for name, text in facts:
        yield from hanging(ink((name, "dim")), text, width, 12)
    yield Text()
    yield from hanging("", ink((WHO_DECIDES, "italic")), width, 0)


def _counted(plan: CohortPlan) -> str:
    states = Counter(row.state for row in plan.rows)
    told = [f"{states[state]} {words}" for state, words in _COUNTED.items() if states[state]]
    number = sum(states[state] for state in _COUNTED)
    return f"{number}: {', '.join(told)}" if number else "none yet"


def _dlt_counted(plan: CohortPlan) -> str:
    dosed = (row for row in plan.rows if row.first_dose_is_actual or row.state in ("in-observation", "complete"))
    found = Counter(row.dlt for row in dosed)
    if not found:
        return "nobody is dosed yet"
    return f"{found['yes']} yes, {found['none']} none, {found['not-assessed']} not yet assessed (of those dosed)"


def _result(plan: CohortPlan) -> Text:
    errors = sum(problem.level == "error" for problem in plan.problems)
    parts = []
    if plan.findings:
        number = len(plan.findings)
        parts.append(ink((f"{number} finding{'s' * (number != 1)}", "bold red"), ", told below"))
    if errors:
        parts.append(ink((f"{errors} problem{'s' * (errors != 1)}", "bold red"), ", told below"))
    return joined(parts, "; ") if parts else ink(("no findings", "green"))


# --- findings and problems ------------------------------------------------------------------------------------------


def _findings(findings: Sequence[CohortFinding], width: int) -> Iterator[Text]:
    for is_assumed, title in ((False, "Findings"), (True, "Findings against what is only assumed")):
        chosen = [each for each in findings if each.assumed is is_assumed]
        if not chosen:
            continue
        yield from heading(title, width)
        for each in chosen:
            yield from hanging(ink(("! ", "bold red")), ink(sentence_inked(each.message), _rule(each)), width, 2)
        told = "This is what the dates show; whether it is a deviation is for people to say."
        yield from hanging("", ink((told, "dim")), width, 0)


def _rule(finding: CohortFinding) -> Text:
    return ink((f" (rule: {finding.rule})", "dim")) if finding.rule else Text()


def _problems(problems: Sequence[Problem], width: int) -> Iterator[Text]:
    if problems:
        yield from heading("Problems", width)
    for problem in problems:
        mark = ink(("! ", "bold red")) if problem.level == "error" else ink((f"{problem.level}: ", "yellow"))
        yield from hanging(mark, sentence_inked(problem.message), width, 2)
        if problem.hint:
            yield from hanging("  ", ink("(", sentence_inked(problem.hint), ")"), width)


# --- the chains -----------------------------------------------------------------------------------------------------


def _next_gate(plan: CohortPlan, width: int) -> Iterator[Text]:
    gate = plan.next_gate
    if gate is None:
        return
    yield from heading("The next gate", width)
    name = gate.subject or "The next one, whoever that is"
    told = f"{name}, {place_told(plan, gate.group, gate.position)}: "
    names = ", ".join(each.name or each.id for each in gate.gates)
    if gate.position is None:
        told += gate.told
    elif gate.opens is not None:
        told += f"the gate{f' ({names})' if names else ''} {gate_told(gate.opens, gate.waits, plan.today)}"
    else:
        told += "the gate has no date yet" if any(wait.holds for wait in gate.waits) else "nothing holds it back"
    yield from hanging("", ink(sentence_inked(told), sentence_inked(_steps_told(plan))), width, 0)
    if any(wait.holds and wait.since is None for wait in gate.waits):
        rest = "What has no date here waits for people: no calendar can tell when it is done."
        yield from hanging("", ink((rest, "yellow")), width, 0)
    yield from _chain(chain_of(gate.waits), width)


def _steps_told(plan: CohortPlan) -> str:
    """Say on which days the steps behind the next gate can be at the earliest."""
    gate, protocol = plan.next_gate, plan.cohort.protocol
    row = next((row for row in plan.rows if gate is not None and _is_of(row, gate)), None)
    if row is None:
        return ""
    steps = zip(reversed(steps_of(protocol)), (row.first_dose, row.commits), strict=False)
    found = [(visit, day) for visit, day in steps if day is not None]
    told = [f"{visit_name(protocol, visit)} on {_told(day)}" for visit, day in reversed(found)]
    return f"; then {', '.join(told)}" if told else ""


def _is_of(row: Row, gate: GateRow) -> bool:
    return row.state in TO_COME and (row.subject, row.group, row.position) == (
        gate.subject,
        gate.group,
        gate.position,
    )


def _chain(chain: Sequence[Wait], width: int) -> Iterator[Text]:
    columns = (Column("", False), Column("It waits for"), Column("State", False))
    rows = []
    for number, wait in enumerate(chain, 1):
        style = "yellow" if wait.holds else "green"
        state = tuple(ink((glued(line), style)) for line in state_of(wait))
        mark = ink((" (assumed)", "yellow")) if wait.assumed else Text()
        rows.append(PageRow(((ink(f"{number}."),), (ink(sentence_inked(wait.told), mark),), state)))
    yield from table(columns, rows, width)


def _further_chains(plan: CohortPlan, width: int) -> Iterator[Text]:
    """Tell the other chains once each, with everybody who waits for the same; each waits for the order of dosing."""
    gate = plan.next_gate
    waiting = [row for row in plan.rows if row.state in TO_COME and not (gate is not None and _is_of(row, gate))]
    chains: dict[tuple[Wait, ...], list[Row]] = {}
    for row in waiting:
        chains.setdefault(tuple(each for each in chain_of(row.waits) if each.kind != "order"), []).append(row)
    if not waiting:
        return
    yield from heading("What those after it wait for, besides the order of dosing", width)
    told: list[tuple[str, tuple[Wait, ...]]] = []
    if gate is not None:
        told.append((gate.subject, tuple(chain_of(gate.waits))))
    for number, (chain, rows) in enumerate(chains.items()):
        if number:
            yield Text()
        names = joined([ink((who(row), "bold")) for row in rows], ", ")
        within = [(name, other) for name, other in told if other and set(other) <= set(chain)]
        name, known = max(within, key=lambda each: len(each[1]), default=("", ()))
        rest = [wait for wait in chain if wait not in known]
        also = f"all that {name} waits for" if name else ""
        words = " and ".join(filter(None, (also, "what follows" if rest else ""))) or "nothing"
        yield from hanging("", ink(names, f": {words}"), width, 0)
        yield from _chain(rest, width)
        told.append((rows[0].subject, chain))


# --- reviews and outcomes -------------------------------------------------------------------------------------------


def _reviews(plan: CohortPlan, width: int) -> Iterator[Text]:
    if not plan.reviews:
        return
    yield from heading("Reviews", width)
    columns = (Column("Review"), Column("On", False), Column("What"))
    yield from table(columns, [_review_row(row, plan) for row in plan.reviews], width)


def _review_row(row: ReviewRow, plan: CohortPlan) -> PageRow:
    review = row.review
    name = [ink((review.name or review.id, "bold"))]
    if len({each.group for each in plan.reviews}) > 1:
        name.append(ink((group_name(plan, row.group), "dim")))
    if row.held is not None:
        on = date_inked(row.held)
    elif row.earliest is not None:
        on = ink("(", date_inked(row.earliest), ")")
        on.stylize("dim")
    else:
        on = ink(("no date yet", "yellow"))
    details = [sentence_inked(row.told)]
    if row.of:
        details.append(ink(f"about {', '.join(each or 'the next subject' for each in row.of)}"))
    roles = [f"assesses: {review.assesses}" if review.assesses else ""]
    roles.append(f"decides: {review.decides}" if review.decides else "")
    if any(roles):
        details.append(ink(("; ".join(filter(None, roles)), "dim")))
    return PageRow((tuple(name), (on,), tuple(details)))


def _outcomes(groups: Sequence[GroupRow], width: int) -> Iterator[Text]:
    if not any(group.outcomes or group.dosed for group in groups):
        return
    yield from heading("What each outcome leads to, by the protocol's own table", width)
    is_first = True
    for group in groups:
        if not group.outcomes and not group.dosed:
            continue
        if not is_first:
            yield Text()
        is_first = False
        counts = f"{group.told}; {group.assessed} assessed, {group.dlts} with a DLT"
        yield from hanging("", ink((group.name, "bold"), f": {counts}"), width, 0)
        rows = []
        for outcome in group.outcomes:
            number = f"{outcome.dlts} DLT{'s' * (outcome.dlts != 1)} of {outcome.of}"
            style = "bold" if outcome.is_now else ""
            told = ink(sentence_inked(outcome.told), (" (this is so now)", "bold") if outcome.is_now else "")
            rows.append(PageRow(((ink((glued(number), style)),), (told,))))
        yield from table((Column("Outcome", False), Column("What follows")), rows, width)
        if not rows:
            yield from hanging("", ink(("no decision table is stated for it", "dim")), width, 0)


# --- what is assumed ------------------------------------------------------------------------------------------------


def _assumed(plan: CohortPlan, width: int) -> Iterator[Text]:
    rests, stated = of_dates(plan), list(of_protocol(plan.cohort.protocol))
    if not rests and not stated:
        return
    yield from heading("What is assumed", width)
    if rests:
        yield from hanging("", ink(("The dates to come rest on this:", "italic")), width, 0)
    for text in rests:
        yield from hanging("· ", sentence_inked(text), width)
    if stated:
        told = "By the protocol's file (confirm against the protocol):"
        yield from hanging("", ink((told, "italic")), width, 0)
    reasons: dict[str, list[str]] = {}
    for each in stated:
        reasons.setdefault(each.why, []).append(each.what)
    for why, several in reasons.items():
        yield from hanging("· ", ink((f"{'; '.join(several)}: ", "dim"), why), width)
