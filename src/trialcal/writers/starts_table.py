"""Verdicts on start dates as a page: which dates work, what moves on them, and why the others are impossible.

A room of its own because its rows are dates on which a subject might start, where a plan's rows are visits. A verdict
has a sign besides its colour, for printers without colours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from rich.cells import cell_len
from rich.text import Text

from trialcal.opening import weighted
from trialcal.starts import Start, Starts, Verdict
from trialcal.subject import Dated
from trialcal.telling import clock_told, day_told, timing_told
from trialcal.writers.dated import date_inked, sentence_inked
from trialcal.writers.page import Column, Row, glued, hanging, heading, ink, joined, printed, table
from trialcal.writers.phrasing import names_told
from trialcal.writers.starts_rows import shown

SIGNS: Mapping[Verdict, str] = {"on-target": "●", "in-window": "◐", "impossible": "×"}
STYLES: Mapping[Verdict, str] = {"on-target": "green", "in-window": "yellow", "impossible": "red"}
_NAMES: Mapping[Verdict, str] = {"on-target": "on target", "in-window": "in window", "impossible": "impossible"}
_MEANINGS: Mapping[Verdict, str] = {
    "on-target": "no visit has to move off its target",
    "in-window": "visits move off their targets, within what the protocol allows",
    "impossible": "not everything can hold (windows, rules, closed days)",
}
_FIRST_REASON = "Of an impossible date the first reason found is told; there may be others."
_DATE = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d")
_SHORT_LIST = 31  # so many dates are told one by one
_MOST_MOVES = 4
_LONGEST_NAME = 18  # a visit's name that is no longer stays on one line
_REASONS = (Column("Dates", False), Column("First date", False), Column("Why it is impossible"))


def starts_text(
    starts: Starts, *, width: int, colour: bool, best: int | None = None, told: Sequence[str] = ()
) -> str:
    """Give verdicts as text of at most `width` cells a line (60 or more); without `colour` it has no escape codes.

    With `best` only so many of the dates that work, the best first; where none works, the reasons, each with how many
    dates it makes impossible. `told` are remarks that stand below.
    """
    listed = shown(starts, best)
    lines = [*head_lines(starts, width)]
    if best is not None and not listed:
        lines += _why_none(starts.starts, width)
    else:
        lines += [Text()] if best is None else heading(_best_told(starts, best), width)
        lines += _table(starts, listed, best, width)
        lines += [Text()] if listed else []
        lines += legend_lines(listed, width)
        lines += _order(starts, listed, best, width)
    lines += assumed_lines(starts, listed, width)
    if told:
        lines += heading("Notes", width)
    for note in told:
        lines += hanging("· ", sentence_inked(note), width)
    return printed(lines, colour=colour)


# --- the head ---------------------------------------------------------------------------------------------------


def head_lines(starts: Starts, width: int) -> Iterator[Text]:
    """Give the head of a page of verdicts: the protocol, whose dates and which, and the verdicts in one line."""
    protocol, visit = starts.protocol, starts.protocol.by_id[starts.visit]
    yield from hanging(ink((protocol.title, "bold")), Text(), width, 0)
    yield Text()
    version = f", version {protocol.version}" if protocol.version else ""
    facts: list[tuple[str, Text]] = [("Protocol", ink(f"{protocol.id}{version}"))]
    facts.append(("From", ink((str(protocol.source), "bold" if protocol.source.registry else ""))))
    for name, value in (("Arm", protocol.choices.arm), ("Cohort", protocol.choices.cohort)):
        facts += [(name, ink(value))] if value else []
    if starts.subject.id:
        facts.append(("Subject", ink((starts.subject.id, "bold"))))
    if starts.site.name:
        facts.append(("Site", ink(starts.site.name)))
    if starts.site.zone is not None:
        facts.append(("Time zone", ink(str(starts.site.zone))))
    given = [f"{name} on {_given_told(dated)}" for name, dated in starts.subject.given.items()]
    if given:
        facts.append(("Given", sentence_inked("; ".join(given))))
    facts.append(("Dates of", ink((visit.name, "bold"), f" ({visit.id}), {timing_told(visit.at)}")))
    first, last = (day_told(day.toordinal()) for day in (starts.first, starts.last))
    facts.append(("Range", sentence_inked(f"{first} to {last}{_weekdays_told(starts)}")))
    facts.append(("Result", _result(starts)))
    for name, text in facts:
        yield from hanging(ink((name, "dim")), text, width, 12)


def _given_told(dated: Dated) -> str:
    told = clock_told(dated.start) if dated.start is not None else day_told(dated.day.toordinal())
    return f"{told}, until {clock_told(dated.end)}" if dated.end is not None else told


def _weekdays_told(starts: Starts) -> str:
    if not starts.weekdays:
        return ""
    names = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
    return f", only {', '.join(names[n] for n in sorted(starts.weekdays))}"


def _result(starts: Starts) -> Text:
    """Say how many dates work: `of 31 dates, 9 work: 4 on target, 5 with visits moved; 22 are impossible`."""
    every, works = len(starts.starts), len(starts.starts) - starts.count("impossible")
    if not every:
        return ink(("no date of the range is one of these weekdays", "bold red"))
    if not works:
        return ink(("the only date is impossible" if every == 1 else f"none of {every} dates works", "bold red"))
    impossible = every - works
    if every == 1:
        told = "the only date works"
    elif not impossible:
        told = "both dates work" if every == 2 else f"all {every} dates work"
    else:
        told = f"of {every} dates, {works} {'works' if works == 1 else 'work'}"
    on_target, moved = starts.count("on-target"), starts.count("in-window")
    if on_target and moved:
        told += f": {on_target} on target, {moved} with visits moved"
    else:
        every_one = {1: "", 2: "both "}.get(works, "all ")
        told += f", {every_one}{'on target' if on_target else 'with visits moved'}"
    rest = f"; {impossible} {'is' if impossible == 1 else 'are'} impossible" if impossible else ""
    return ink((told, "green"), rest)


def _best_told(starts: Starts, best: int) -> str:
    works = len(starts.starts) - starts.count("impossible")
    if works == 1:
        return "The date that works"
    if best == 1:
        return f"The best of {works} dates that work"
    if best < works:
        return f"The best {best} of {works} dates that work, the best first"
    return f"The {works} dates that work, the best first"


# --- the table --------------------------------------------------------------------------------------------------


def _table(starts: Starts, listed: Sequence[Start], best: int | None, width: int) -> list[Text]:
    is_any_impossible = any(start.verdict == "impossible" for start in listed)
    what = "What moves, or why it is impossible" if is_any_impossible else "What moves"
    columns = (Column("Date", False), Column("Verdict", False), Column(what))
    return table(columns, [_row(run, starts) for run in _runs(listed, best)], width)


def _runs(listed: Sequence[Start], best: int | None) -> list[list[Start]]:
    """Draw dates in a row together in a long list, where the same words make them impossible but for their dates."""
    runs: list[list[Start]] = []
    for start in listed:
        before = runs[-1][-1] if runs and best is None and len(listed) > _SHORT_LIST else None
        if before is not None and start.day - before.day == timedelta(days=1) and _is_same(before, start):
            runs[-1].append(start)
        else:
            runs.append([start])
    return runs


def _is_same(before: Start, start: Start) -> bool:
    if not before.verdict == start.verdict == "impossible":
        return False
    one, other = (each.reason.replace(day_told(each.day.toordinal()), "\0") for each in (before, start))
    return one == other


def _row(run: Sequence[Start], starts: Starts) -> Row:
    """Give the row of a date, or of impossible dates in a row."""
    start, last = run[0], run[-1]
    verdict = ink((glued(f"{SIGNS[start.verdict]} {_NAMES[start.verdict]}"), STYLES[start.verdict]))
    dates = [date_inked(start.day)]
    if start is last:
        return Row((tuple(dates), (verdict,), (_what(start, starts),)))
    dates.append(ink(glued("to "), date_inked(last.day)))
    first, end = (day_told(day.toordinal()) for day in (start.day, last.day))
    return Row((tuple(dates), (verdict,), (sentence_inked(start.reason.replace(first, f"{first} to {end}")),)))


def _what(start: Start, starts: Starts) -> Text:
    """Tell what moves on a start date, or why it is impossible."""
    if not start.moved:
        return sentence_inked(start.reason)
    visits = "1 visit" if len(start.moved) == 1 else f"{len(start.moved)} visits"
    total = f", {start.days_moved} d in total" if len(start.moved) > 1 else ""
    cost = f" (weighted {start.cost})" if start.cost != start.days_moved else ""
    moves = [
        ink(_name(move.visit, starts), " ", glued("to "), date_inked(move.planned), glued(f" ({move.days:+} d)"))
        for move in start.moved[:_MOST_MOVES]
    ]
    more = len(start.moved) - len(moves)
    return ink(f"{visits}{total}{cost}: ", joined(moves, ", "), f" and {more} more" if more else "")


def _name(visit: str, starts: Starts) -> str:
    """Give a visit's short name; its id where it belongs to a cycle that only this start date leaves room for."""
    known = starts.protocol.by_id.get(visit)
    name = visit if known is None else known.short or known.name
    return glued(name) if cell_len(name) <= _LONGEST_NAME else name


def _why_none(every: Iterable[Start], width: int) -> Iterator[Text]:
    """List the reasons, those that make the most dates impossible first; alike but for dates, they are one."""
    alike: dict[str, list[Start]] = {}
    for start in every:
        alike.setdefault(_DATE.sub("", start.reason), []).append(start)
    if not alike:
        return
    yield from heading("Why none works", width)
    groups = sorted(alike.values(), key=len, reverse=True)
    rows = [
        Row(((ink(f"{len(group):5}"),), (date_inked(group[0].day),), (sentence_inked(group[0].reason),)))
        for group in groups
    ]
    yield from table(_REASONS, rows, width)
    yield Text()
    told = f"{_FIRST_REASON} The same reason on another date is counted with the first."
    yield from hanging("", ink((told, "dim")), width, 0)


# --- below the table --------------------------------------------------------------------------------------------


def legend_lines(listed: Sequence[Start], width: int) -> Iterator[Text]:
    """Explain the signs that are there."""
    for verdict, sign in SIGNS.items():
        if any(start.verdict == verdict for start in listed):
            text = ink((f"{_NAMES[verdict]}: {_MEANINGS[verdict]}", "dim"))
            yield from hanging(ink((f"{sign} ", STYLES[verdict])), text, width)


def _order(starts: Starts, listed: Sequence[Start], best: int | None, width: int) -> Iterator[Text]:
    """Explain how moves are told and weighted, and the order of the best."""
    weights = _weights_told(starts)
    told = [_FIRST_REASON] if any(start.verdict == "impossible" for start in listed) else []
    if any(start.moved for start in listed):
        told.append("(+1 d) is a day after the target, (-1 d) a day before it.")
    if best is not None and len(listed) > 1:
        told.append(
            "The best first: on target, then by the total distance from the targets"
            + (f", each day weighted ({weights})" if weights else "")
            + "; of two alike the earlier."
        )
    elif any(start.cost != start.days_moved for start in listed):
        told.append(f"Weighted: each day counts as much as its visit weighs ({weights}).")
    for line in told:
        yield from hanging("", ink((line, "dim")), width, 0)


def _weights_told(starts: Starts) -> str:
    """Say which visits weigh more or less than 1, whole types by their name: `visits of type dose: 10; others: 1`."""
    visits = weighted(starts.protocol, starts.site).visits
    of_type: dict[str, set[int]] = {}
    for visit in visits:
        of_type.setdefault(visit.type, set()).add(visit.weight)
    named: dict[int, list[str]] = {}
    for visit in visits:
        if visit.weight != 1:
            is_alike = bool(visit.type) and len(of_type[visit.type]) == 1
            name = f"visits of type {visit.type}" if is_alike else visit.short or visit.name
            if name not in (names := named.setdefault(visit.weight, [])):
                names.append(name)
    told = [f"{names_told(names)}: {weight}" for weight, names in sorted(named.items(), reverse=True)]
    return "; ".join([*told, "others: 1"]) if told else ""


def assumed_lines(starts: Starts, listed: Sequence[Start], width: int) -> Iterator[Text]:
    """Say how much rests on assumed values, and why those windows are assumed within which visits are moved."""
    protocol = starts.protocol
    counted = [
        f"{sum(1 for each in entries if each.assumed)} of {len(entries)} {what}"
        for what, entries in (("visits", protocol.visits), ("rules", protocol.rules))
        if any(each.assumed for each in entries)
    ]
    if not counted:
        return
    yield Text()
    yield ink(("Assumed (confirm against the protocol):", "italic"))
    yield from hanging("· ", ink(f"values of {' and '.join(counted)}; the plan of a date marks them"), width)
    whose: dict[str, list[str]] = {}
    moved = {move.visit for start in listed for move in start.moved}
    for visit in protocol.visits:
        if visit.id in moved and "window" in visit.assumed:
            whose.setdefault(visit.assumed["window"], []).append(visit.short or visit.name)
    for why, names in whose.items():
        yield from hanging("· ", ink((f"window of {names_told(names)}: ", "dim"), why), width)
