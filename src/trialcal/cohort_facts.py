"""What the dates of single subjects say for the others: who began, who is out, and where they contradict each other.

A room of its own beside `cohort_plan` because nothing here waits for anybody: it only reads what is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from trialcal.cohort import Member, Wait
from trialcal.escalation import Escalation
from trialcal.problems import Problem
from trialcal.protocol import Protocol
from trialcal.schedule import Schedule
from trialcal.stepping import Table
from trialcal.stopping import falls_away
from trialcal.subject import Dlt, Subject
from trialcal.taking import Taken, assumed_of, named, opening_day
from trialcal.telling import date_told as _told


class Facts:
    """What the dates of one subject say, as far as the others wait for it.

    `committed` and `dosed` are the days on which the first step, and the first dose, were recorded as done. Of one of
    which only the month or the year is known, `partly` are these words, and `began_from` and `began_by` its first and
    last day: of the first step where that is known in part, else of the dose.
    """

    def __init__(self, member: Member, escalation: Escalation) -> None:
        self.schedule = member.schedule
        self.subject = subject = member.schedule.subject
        self.file = member.file
        self.rows = {row.id: row for row in member.schedule.visits}
        commits, first = self.rows.get(escalation.commits), self.rows.get(escalation.first_dose)
        self.committed = commits.actual if commits is not None else None
        self.dosed = first.actual if first is not None else None
        in_part = subject.partly.get(escalation.first_dose)
        self.dosed_within: tuple[date, date] | None = None  # the first and the last day that it can have been
        if self.dosed is not None:
            self.dosed_within = self.dosed, self.dosed
        elif in_part is not None:
            self.dosed_within = in_part.first, in_part.last
        self.is_dosed = self.dosed is not None or escalation.first_dose in subject.partly
        is_begun = self.committed is not None or escalation.commits in subject.partly
        self.step = escalation.commits if is_begun else escalation.first_dose  # the first one known to have been done
        part = subject.partly.get(self.step)
        self.partly = part.told if part is not None else ""
        self.began_from: date | None = part.first if part is not None else None
        self.began_by: date | None = min(part.last, self.dosed or part.last) if part is not None else None
        is_absent = escalation.first_dose in subject.absent or (first is not None and first.status == "cancelled")
        stop, visit = subject.discontinued, member.schedule.protocol.by_id.get(escalation.first_dose)
        is_stopped = stop is not None and visit is not None and falls_away(visit, stop)
        is_lost = is_absent or is_stopped or first is None or (subject.not_evaluable is not None and not is_begun)
        self.is_out = not self.is_dosed and is_lost
        self.why_out = _why_out(subject, escalation.first_dose) if self.is_out else ""
        self.is_in = self.is_dosed or (is_begun and not self.is_out)
        steps = {escalation.commits, escalation.first_dose}
        self.is_stated = not self.is_in and not self.is_out and bool(steps & subject.dated.keys())

    def began(self) -> date | None:
        """Give the day of the first thing that is known to have been done, or the last day that it can have been."""
        return self.began_by or self.committed or self.dosed

    def overdue(self, today: date, first_dose: str) -> date | None:
        """Give the day in the past on which a first dose was to be that nobody recorded; None where there is none."""
        row = self.rows.get(first_dose)
        on = row.on if row is not None else None
        return on if on is not None and on < today and not self.is_dosed and not self.is_out else None

    def taken(self, schedule: Schedule, escalation: Escalation, today: date) -> Taken:
        """Give the subject's place as its plan has it; a dose before today that nobody recorded has no date."""
        rows = {row.id: row.on for row in schedule.visits}
        first = rows.get(escalation.first_dose)
        if first is not None and first < today and not self.is_dosed:
            first = None
        period = next((each for each in schedule.periods if each.id == escalation.dlt_period), None)
        until = None if period is None or first is None else period.end
        if until is not None and first is not None and until < first:
            until = None  # told by `about_dlt`
        assert escalation.complete is not None
        from_ = None if until is None else opening_day(until, escalation.complete)
        subject = self.subject
        out = subject.not_evaluable.on if subject.not_evaluable is not None else None
        return Taken(subject.id, first, until, from_, self.assessed(until), out, self.is_dosed)

    def assessed(self, last: date | None) -> Dlt | None:
        """Give the assessment; that there is none counts from the last day of the observation on, a DLT always."""
        dlt = self.subject.dlt
        if dlt is not None and dlt.outcome == "none" and (last is None or dlt.on < last):
            return None
        return dlt

    def without_dates(self) -> Taken:
        """Give the place of a subject whose dates no calendar can tell."""
        return Taken(self.subject.id, None, None, None, self.assessed(None), None, self.is_dosed)


def _why_out(subject: Subject, first_dose: str) -> str:
    """Say why a subject is out, in the words of its file; "" where its file does not say."""
    absent, stop = subject.absent.get(first_dose), subject.discontinued
    if absent is not None:
        return f"{first_dose} {absent.status}" + (f", {absent.reason}" if absent.reason else "")
    if subject.not_evaluable is not None:
        return f"not evaluable, {subject.not_evaluable.reason}"
    if stop is not None:
        return f"discontinued on {_told(stop.day)}" + (f", {stop.reason}" if stop.reason else "")
    return ""


def observation_assumed(protocol: Protocol) -> str:
    """Give why the end of a DLT observation is assumed: what the escalation says of it, and the period itself."""
    escalation = protocol.escalation
    if escalation is None:
        return ""
    period = next((each.assumed for each in protocol.periods if each.id == escalation.dlt_period), {})
    texts = (assumed_of(escalation.assumed, "complete", "dlt_period"), assumed_of(period, "from", "until", "lasts"))
    return "; ".join(dict.fromkeys(filter(None, texts)))


def no_order(waiting: Sequence[Facts]) -> Iterator[Problem]:
    """Warn where several subjects are to come and nobody stated their order."""
    if len(waiting) > 1:
        names = named([each.subject.id for each in waiting])
        message = f"in which order {names} are to be dosed is not stated; the order of their files is taken"
        hint = "write `subjects: [...]` in the order of dosing into cohort.yaml"
        yield Problem("warning", "no-order", message, hint)


def about_dose(facts: Facts, escalation: Escalation, today: date) -> Iterator[Problem]:
    """Warn of a first dose that was to be, and that nobody recorded: whoever waits for it has no date."""
    on = facts.overdue(today, escalation.first_dose)
    if on is not None:
        message = f"{facts.subject.id}: {escalation.first_dose} was to be on {_told(on)}, and is not recorded as done"
        hint = "record it, or its new date (`booked`), or that it was missed (then the subject is out)"
        yield Problem("warning", "dose-not-recorded", message, hint)


def about_dlt(facts: Facts, escalation: Escalation, today: date) -> Iterator[Problem]:
    """Tell of an assessment that other records contradict."""
    dlt, name, lost = facts.subject.dlt, facts.subject.id, facts.subject.not_evaluable
    if dlt is not None and dlt.outcome == "yes" and lost is not None:
        message = f"{name}: a DLT was assessed ({_told(dlt.on)}), and the subject is not evaluable ({_told(lost.on)})"
        hint = "take one of the two out: so its DLT counts nowhere"
        yield Problem("error", "dlt-not-evaluable", message, hint)
    taken = facts.taken(facts.schedule, escalation, today)
    stop, first, last = facts.subject.discontinued, taken.first_dose, taken.observed_until
    period = next((each for each in facts.schedule.periods if each.id == escalation.dlt_period), None)
    if first is not None and period is not None and period.end is not None and period.end < first:
        message = f"{name}: the DLT period ends on {_told(period.end)}, before the first dose on {_told(first)}"
        hint = f"correct `periods`: {escalation.dlt_period}"
        yield Problem("error", "backwards-dlt-period", message, hint)
    if dlt is None:
        if stop is None or "all" not in stop.visits or lost is not None or last is None or not stop.day < last:
            return
        message = f"{name} left on {_told(stop.day)}, before the end of the DLT observation ({_told(last)})"
        hint = "record `not-evaluable`, or the assessment: people say which of the two"
        yield Problem("warning", "left-observation", message, hint)
        return
    if not facts.is_dosed:
        message = f"{name}: a DLT is assessed, and {escalation.first_dose} is not recorded as done"
        yield Problem("warning", "dlt-undosed", message, "record the dose, or take the assessment out")
        return
    if first is None or last is None:
        return
    begin = period.start if period is not None and period.start is not None else first
    if dlt.onset is not None and not begin <= dlt.onset <= last:
        message = (
            f"{name}: the DLT began on {_told(dlt.onset)}, outside the DLT period ({_told(begin)} to {_told(last)})"
        )
        yield Problem("warning", "dlt-outside-period", message, "correct a date, or have it assessed again")
    if dlt.outcome == "none" and taken.complete_from is not None and dlt.on < taken.complete_from:
        message = f"{name}: `none` of {_told(dlt.on)} is from before the end of the observation, and does not count"
        if dlt.on == last:
            message = (
                f"{name}: `none` of {_told(dlt.on)} is from the last day of the observation, which is not over then"
            )
        hint = f"it is complete from {_told(taken.complete_from)} on: assess it then"
        yield Problem("warning", "dlt-too-early", message, hint)


def not_judged(facts: Facts, waits: Sequence[Wait]) -> Iterator[Problem]:
    """Warn where a step of which the month or the year is known may have been before its gate, and may not."""
    for wait in waits:
        if wait.since is None or facts.began_from is None or facts.began_by is None:
            continue
        if facts.began_from < wait.since <= facts.began_by:
            told = f"{facts.step} in {facts.partly} was before {_told(wait.since)}"
            message = f"{facts.subject.id}: whether {told} is not known: {wait.told}"
            yield Problem("warning", "not-judged", message, "record the exact day, if it can be found")


def unused_rulings(table: Table) -> Iterator[Problem]:
    """Tell of recorded decisions that change nothing: an error, but where another one took their place."""
    for ruling, why, is_replaced in table.unused():
        message = f"the decision of {_told(ruling.on)} after {ruling.of} evaluable subjects changes nothing: {why}"
        hint = "leave only the last one in" if is_replaced else "correct `group` or `of`, or record what was decided"
        level: Literal["warning", "error"] = "warning" if is_replaced else "error"
        yield Problem(level, "unused-decision", message, hint, ruling.place)


def dlt_told(dlt: Dlt | None) -> str:
    """Say what was assessed, by whom and when; or that nobody has yet."""
    if dlt is None:
        return "DLT not yet assessed"
    onset = f", begun on {_told(dlt.onset)}" if dlt.onset is not None else ""
    return f"{'no DLT' if dlt.outcome == 'none' else 'DLT' + onset} ({dlt.by}, {_told(dlt.on)})"
