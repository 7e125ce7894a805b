"""The calendar of a cohort: gates, first steps, doses, DLT observation and reviews of all its subjects.

A room of its own beside `ics`, whose events are one subject's: here a step is planned because of others, and its
description tells the chain. Gates and reviews are entries because people must be there, or must decide, by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import uuid5

from trialcal.cohort import CohortPlan, ReviewRow, Row, Wait
from trialcal.escalation import Gate
from trialcal.telling import date_told as _told
from trialcal.writers.cohort_words import (
    DLT_WORDS,
    NOBODY_YET,
    TO_COME,
    WHO_DECIDES,
    chain_of,
    group_name,
    is_open,
    link_told,
    observation_name,
    of_dates,
    of_protocol,
    place_told,
    steps_of,
    visit_name,
)
from trialcal.writers.ics import NAMESPACE, Contents, Entry, bytes_of, in_order

_DAY = timedelta(days=1)
_EARLIEST = "Planned: the earliest date that the calendar rules allow, as of {}."
_ACTUAL = "Recorded."
_STATED = "As the subject's file states it, not recorded as done."


def cohort_calendar(plan: CohortPlan, *, now: datetime) -> bytes:
    """Write a cohort as an iCalendar file; the same plan and `now` give the same bytes.

    All entries are all-day and never block the day. What was recorded is confirmed, all else tentative. Raises
    ValueError where `now` has no time zone.
    """
    return bytes_of([cohort_contents(plan)], now=now)


def cohort_contents(plan: CohortPlan) -> Contents:
    """Give the events of a cohort, and what is said of the calendar as a whole."""
    entries = [entry for row in plan.rows for entry in _of_subject(plan, row)]
    entries += [entry for row in plan.reviews for entry in _of_review(plan, row)]
    protocol, cohort = plan.cohort.protocol, plan.cohort
    name = " ".join(filter(None, (protocol.id, "cohort", cohort.name)))
    undated = [_who(row) for row in plan.rows if row.commits is None and row.first_dose is None]
    told = [
        f"{protocol.title}",
        f"Source: {protocol.source}",
        f"As of {_told(plan.today)}.",
        WHO_DECIDES,
        *([f"Without a date, and not in this calendar: {', '.join(undated)}"] if undated else ()),
        *_assumed_lines(plan),
    ]
    return Contents("", 1, "full", name, "\n".join(told), in_order(entries))


# --- events ---------------------------------------------------------------------------------------------------------


def _of_subject(plan: CohortPlan, row: Row) -> Iterator[Entry]:
    protocol, escalation = plan.cohort.protocol, plan.cohort.protocol.escalation
    assert escalation is not None
    if row.gate is not None and row.state in TO_COME:
        names = ", ".join(gate.name or gate.id for gate in _gates(plan, row))
        told = [f"Gate: {names}"] if names else []
        told += ["The first day that the rules across subjects leave for the first step that commits the subject."]
        open_ = is_open(row.gate, row.waits, plan.today)
        title = f"Gate {_who(row)} {'is open' if open_ else 'opens at the earliest'}"
        yield _entry(plan, row, "gate", row.gate, row.gate, title, told, is_actual=open_)
    if row.commits is not None and len(steps_of(protocol)) > 1:
        title = f"{visit_name(protocol, escalation.commits)} {_who(row)}"
        is_actual = row.commits_is_actual
        yield _entry(plan, row, "commits", row.commits, row.commits, title, [_how(plan, row, is_actual)], is_actual)
    if row.first_dose is None:
        return
    is_actual, day = row.first_dose_is_actual, row.first_dose
    title = f"{visit_name(protocol, escalation.first_dose)} {_who(row)}"
    yield _entry(plan, row, "first-dose", day, day, title, [_how(plan, row, is_actual)], is_actual)
    last = row.observed_until
    if last is not None and last >= day:
        told = [
            f"{_told(day)} to {_told(last)}, both inclusive",
            f"DLT: {DLT_WORDS[row.dlt]}",
            _how(plan, row, is_actual),
        ]
        title = f"{observation_name(protocol)} {_who(row)}"
        yield _entry(plan, row, "observation", day, last, title, told, is_actual)


def _of_review(plan: CohortPlan, row: ReviewRow) -> Iterator[Entry]:
    review, day, escalation = row.review, row.held or row.earliest, plan.cohort.protocol.escalation
    if day is None:
        return
    name = review.name or review.id
    several = len({each.group for each in plan.reviews}) > 1
    title = name if "review" in name.casefold() else f"{name} review"
    title += f", {group_name(plan, row.group)}" if several else ""
    title += "" if row.held is not None else ", at the earliest"
    told = [row.told]
    if row.of:
        told.append(f"About: {', '.join(each or NOBODY_YET for each in row.of)}")
    told += [f"{word}: {role}" for word, role in (("Assesses", review.assesses), ("Decides", review.decides)) if role]
    told += _chain(row.waits)
    told += ["", *_below(plan, review.id, escalation.dlt_period if escalation is not None else "")]
    uid = _uid(plan, f"review {review.id}\ngroup {row.group}")
    status = "CONFIRMED" if row.held is not None else "TENTATIVE"
    yield Entry(uid, day, day + _DAY, title, "\n".join(told), status, name=review.id)


def _entry(
    plan: CohortPlan, row: Row, what: str, first: date, last: date, title: str, told: Sequence[str], is_actual: bool
) -> Entry:
    lines = [place_told(plan, row.group, row.position).capitalize(), *told]
    if not is_actual or what == "gate":
        lines += _chain(row.waits)
        lines += [f"Assumed: {text}" for text in row.assumed]
    lines += ["", *_below(plan, *_about(plan, row, what))]
    uid = _uid(plan, f"{_key(row)}\n{what}")
    status = "CONFIRMED" if is_actual else "TENTATIVE"
    return Entry(uid, first, last + _DAY, title, "\n".join(lines), status, name=what)


def _about(plan: CohortPlan, row: Row, what: str) -> Sequence[str]:
    """Give the ids of what an event is about, for what is assumed of it."""
    escalation = plan.cohort.protocol.escalation
    if escalation is None:
        return ()
    if what == "gate":
        return [*(gate.id for gate in _gates(plan, row)), escalation.dlt_period]
    return {
        "commits": (escalation.commits,),
        "first-dose": (escalation.first_dose,),
        "observation": (escalation.dlt_period, escalation.first_dose),
    }[what]


# --- words ----------------------------------------------------------------------------------------------------------


def _uid(plan: CohortPlan, key: str) -> str:
    """Name an event after protocol, cohort and row: it stays the same when the date moves."""
    return str(uuid5(NAMESPACE, f"{plan.cohort.protocol.id}\ncohort {plan.cohort.name}\n{key}"))


def _key(row: Row) -> str:
    return f"subject {row.subject}" if row.subject else f"place {row.position} of {row.group}"


def _gates(plan: CohortPlan, row: Row) -> Sequence[Gate]:
    """Give the gates of a row's place."""
    escalation = plan.cohort.protocol.escalation
    if escalation is None or row.position is None:
        return ()
    return [gate for gate in escalation.gates if gate.group in ("", row.group) and gate.subject.has(row.position)]


def _who(row: Row) -> str:
    return row.subject or "next subject"


def _how(plan: CohortPlan, row: Row, is_actual: bool) -> str:
    if is_actual:
        return _ACTUAL
    return _STATED if row.is_stated else _EARLIEST.format(_told(plan.today))


def _chain(waits: Sequence[Wait]) -> Iterator[str]:
    chain = chain_of(waits)
    if chain:
        yield "What it waits for:"
    for number, wait in enumerate(chain, 1):
        yield f"{number}. {link_told(wait)}" + (f" (assumed: {wait.assumed})" if wait.assumed else "")


def _below(plan: CohortPlan, *of: str) -> Iterator[str]:
    """Give what stands at the end of each description: what is assumed of the entries that it is about."""
    for each in of_protocol(plan.cohort.protocol):
        if each.of and each.of in of:
            yield f"Assumed ({each.what}): {each.why}"
    yield WHO_DECIDES
    yield f"Source: {plan.cohort.protocol.source}"


def _assumed_lines(plan: CohortPlan) -> Iterator[str]:
    for text in of_dates(plan):
        yield f"The dates to come rest on: {text}"
    for each in of_protocol(plan.cohort.protocol):
        yield f"Assumed ({each.what}): {each.why}"
