"""A plan as something to look at and to print: the visits, their windows on a time axis, and all that goes with them.

The plan's head says from which record it comes and how the dates were understood. What is assumed carries a mark and
is explained below the table; weekends are told by colour and, for a printer without colours, by capital letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from trialcal.problems import Problem
from trialcal.schedule import Schedule, ScheduledLookback, ScheduledPeriod
from trialcal.writers.assumptions import Assumptions, Section
from trialcal.writers.dated import date_inked, sentence_inked
from trialcal.writers.durations import durations_lines
from trialcal.writers.page import Column, Row, glued, hanging, heading, ink, printed, table
from trialcal.writers.phrasing import lookback_told, names_told, study_days_told
from trialcal.writers.plan_timepoints import timepoints_lines
from trialcal.writers.plan_visits import visits_lines, why_no_date
from trialcal.writers.timepoints import shared_notes

_FOR_WHOM = "applies to: "


def plan_text(schedule: Schedule, *, width: int, colour: bool) -> str:
    """Give a plan as text of at most `width` cells a line (60 or more); without `colour` it has no escape codes."""
    assumptions = Assumptions(schedule.protocol)
    lines = [
        *_head(schedule, assumptions, width),
        *visits_lines(schedule, assumptions, width),
        *_below(assumptions, ("visits", "rules", "epochs", "cycles"), width),
        *durations_lines(schedule, width),
        *timepoints_lines(schedule, assumptions, width),
        *_periods(schedule, assumptions, width),
        *_lookbacks(schedule, assumptions, width),
        *_problems(schedule.problems, width),
        *_notes(schedule, width),
    ]
    return printed(lines, colour=colour)


# --- the head ---------------------------------------------------------------------------------------------------


def _head(schedule: Schedule, assumptions: Assumptions, width: int) -> Iterator[Text]:
    protocol = schedule.protocol
    yield from hanging(ink((protocol.title, "bold")), Text(), width, 0)
    yield Text()
    version = f", version {protocol.version}" if protocol.version else ""
    facts: list[tuple[str, Text]] = [("Protocol", ink(f"{protocol.id}{version}"))]
    facts.append(("From", ink((str(protocol.source), "bold" if protocol.source.registry else ""))))
    if schedule.subject.id:
        facts.append(("Subject", ink((schedule.subject.id, "bold"))))
    if schedule.site.name:
        facts.append(("Site", ink(schedule.site.name)))
    if schedule.site.zone is not None:
        facts.append(("Time zone", ink(str(schedule.site.zone))))
    for part in filter(None, schedule.understood.split("; ")):
        facts.append(("Dates", sentence_inked(part)))
    facts.append(("Study days", ink(study_days_told(protocol), assumptions.study_day_marks(protocol))))
    facts.append(("Result", _result(schedule)))
    before = ""
    for name, text in facts:
        yield from hanging(ink((name if name != before else "", "dim")), text, width, 12)
        before = name


def _result(schedule: Schedule) -> Text:
    wrong = [problem for problem in schedule.problems if problem.level == "error"]
    errors = len(wrong)
    if not schedule.feasible and all(_is_of_the_past(problem, schedule) for problem in wrong):
        counted = "1 recorded date breaks" if errors == 1 else f"{errors} times a recorded date breaks"
        told = f"{counted} a window, a rule or a closure, told below"
        return ink((told, "bold red"), "; all that is still to come can hold")
    if not schedule.feasible:
        counted = "1 problem" if errors == 1 else f"{errors} problems"
        return ink(("NOT EVERYTHING CAN HOLD", "bold red"), f": {counted}, told below")
    there = [visit for visit in schedule.visits if visit.status in ("planned", "booked", "pending", "no-date")]
    undated = sum(1 for visit in there if visit.on is None)
    waiting = f"; {undated} of {len(there)} visits have no date yet" if undated else ""
    return ink(("all rules and windows can hold", "green"), waiting)


def _is_of_the_past(problem: Problem, schedule: Schedule) -> bool:
    """Tell whether a problem speaks of what was done alone: nothing that is planned has a part in it."""
    known = (*schedule.subject.actual, *schedule.subject.partly)
    return bool(problem.visits) and all(visit in known for visit in problem.visits)


def _below(assumptions: Assumptions, sections: Sequence[Section], width: int) -> Iterator[Text]:
    listed = list(assumptions.listed(sections, width))
    if listed:
        yield Text()
        yield ink(("Assumed (confirm against the protocol):", "italic"))
        yield from listed


# --- periods and lookbacks --------------------------------------------------------------------------------------


def _periods(schedule: Schedule, assumptions: Assumptions, width: int) -> Iterator[Text]:
    if not schedule.periods:
        return
    yield from heading("Periods", width)
    columns = (Column("Period"), Column("From", False), Column("Until (inclusive)"))
    yield from table(columns, [_period_row(period, assumptions) for period in schedule.periods], width)
    yield from _below(assumptions, ("periods",), width)


def _period_row(period: ScheduledPeriod, assumptions: Assumptions) -> Row:
    start = ink(("not known yet", "yellow")) if period.start is None else date_inked(period.start)
    until: list[Text] = []
    if period.end is not None:
        until.append(date_inked(period.end))
    elif period.end_not_before is not None:
        until.append(ink("at least until ", date_inked(period.end_not_before)))
    if period.end_pending_on:
        until.append(ink(("open until: ", "yellow"), period.end_pending_on))
    others = [field for field in period.assumed if field not in ("from", "at")]
    if until:
        until[0] = ink(until[0], assumptions.marks(period.assumed, others))
    name = [ink(period.name)] + [ink((note, "dim")) for note in period.notes if note.startswith(_FOR_WHOM)]
    return Row((tuple(name), (ink(start, assumptions.marks(period.assumed, ("from", "at"))),), tuple(until)))


def _lookbacks(schedule: Schedule, assumptions: Assumptions, width: int) -> Iterator[Text]:
    if not schedule.lookbacks:
        return
    yield from heading("Before the study: what must, or must not, have been", width)
    required = {lookback.id: lookback_told(lookback) for lookback in schedule.protocol.lookbacks}
    alike: dict[object, list[ScheduledLookback]] = {}
    for one in schedule.lookbacks:
        same = (required.get(one.id, ""), one.kind, one.before, one.first, one.last_permitted)
        same_words = (one.applies_to, one.exceptions, one.notes, tuple(one.assumed.items()))
        alike.setdefault((same, same_words), []).append(one)
    columns = (Column("What"), Column("Dates", False), Column("Required"))
    rows = [_lookback_row(several, required.get(several[0].id, ""), assumptions) for several in alike.values()]
    yield from table(columns, rows, width)
    yield from _below(assumptions, ("lookbacks",), width)


def _lookback_row(alike: Sequence[ScheduledLookback], required: str, assumptions: Assumptions) -> Row:
    """Give one row to all lookbacks that differ in their names only."""
    one = alike[0]
    what = [ink("; ".join(lookback.name for lookback in alike), assumptions.marks(one.assumed))]
    if one.applies_to:
        what.append(ink((f"for {one.applies_to}", "dim")))
    if one.exceptions:
        what.append(ink((f"except: {one.exceptions}", "dim")))
    rule = [ink(required or one.kind), *(sentence_inked(note) for note in one.notes)]
    return Row((tuple(what), tuple(_lookback_dates(one)), tuple(rule)))


def _lookback_dates(lookback: ScheduledLookback) -> Iterator[Text]:
    first, last = lookback.first, lookback.last_permitted
    if last is not None:
        yield ink(glued("last on "), date_inked(last))
    if first is not None:
        words = {"stable": "unchanged since ", "exposure": "taken since "}.get(lookback.kind, "none from ")
        yield ink(words, date_inked(first), " on" if lookback.kind == "none-within" else "")
    if first is None and last is None:
        yield ink(("not known yet", "yellow"))


# --- problems and notes -----------------------------------------------------------------------------------------


def _problems(problems: Sequence[Problem], width: int) -> Iterator[Text]:
    apart = [problem for problem in problems if problem.code.endswith("-assumed")]
    others = [problem for problem in problems if not problem.code.endswith("-assumed")]
    for title, chosen in (("Problems", others), ("Problems with what is only assumed: windows or rules", apart)):
        if chosen:
            yield from heading(title, width)
        for problem in chosen:
            yield from _problem_lines(problem, width)


def _problem_lines(problem: Problem, width: int) -> Iterator[Text]:
    is_error = problem.level == "error"
    mark = ink(("! ", "bold red")) if is_error else ink((f"{problem.level}: ", "yellow"))
    yield from hanging(mark, sentence_inked(problem.message), width, 2)
    for number, step in enumerate(problem.chain, 1):
        yield from hanging(f"  {number}. ", sentence_inked(step), width)
    if problem.ways:
        yield from hanging("  ", ink("Any one of these would solve it:"), width)
    for way in problem.ways:
        yield from hanging("    - ", sentence_inked(way), width)
    if problem.hint:
        yield from hanging("  ", ink("(", sentence_inked(problem.hint), ")"), width)


def _notes(schedule: Schedule, width: int) -> Iterator[Text]:
    """Give every note once, with those it speaks of; what a visit waits for stands in the table."""
    whose: dict[str, list[str]] = {}
    for visit in schedule.visits:
        for note in visit.notes:
            if note not in why_no_date(visit):
                whose.setdefault(note, []).append(visit.short or visit.name)
    entries = {entry.notes for entry in schedule.protocol.timepoints}
    for timepoint in schedule.timepoints:
        for note in shared_notes(timepoint, entries):
            if timepoint.name not in (names := whose.setdefault(note, [])):
                names.append(timepoint.name)
    for period in schedule.periods:
        for note in period.notes:
            if not note.startswith(_FOR_WHOM):
                whose.setdefault(note, []).append(period.name)
    if whose:
        yield from heading("Notes", width)
    for note, names in whose.items():
        yield from hanging("· ", ink((f"{names_told(names)}: ", "dim"), sentence_inked(note)), width)
