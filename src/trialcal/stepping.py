"""Where a dose group stands in its decision table, and what a place in it waits for.

A room of its own because a table is walked in the same way for the places that were taken and for those to come.
Dates come from the subjects' plans; nothing here looks at a site or a visit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Literal, NamedTuple

from trialcal.cohort import Outcome, Ruling, Wait
from trialcal.escalation import ONE_GROUP, Decision, DoseGroup, Escalation, Step, at_once, decided, sizes
from trialcal.ruled import Rulings
from trialcal.taking import Taken, assumed_of, named, observation
from trialcal.telling import date_told as _told

_DAY = timedelta(days=1)
NEVER_ASSESSED = "not yet assessed"


class Place(NamedTuple):
    """A place for the next subject: in which group, at which position, and what it waits for.

    Where there is none, `group` is None and `told` says why. `conditions` are what the place rests on: how many DLTs
    those who are not assessed are taken to have.
    """

    group: DoseGroup | None
    position: int
    waits: tuple[Wait, ...]
    conditions: tuple[str, ...] = ()
    told: str = ""


class Table:
    """The dose groups of an escalation with the places that are taken in them."""

    def __init__(self, escalation: Escalation, rulings: Sequence[Ruling], today: date, assumed: str = "") -> None:
        """Begin without any place; `assumed` is why the DLT observation is as it is, where that is assumed."""
        self.escalation = escalation
        self.assumed = assumed
        self._day: date | None = None  # as of which it is asked who is evaluable; None: as is known now
        self.rulings = Rulings(rulings)
        self.today = today
        self.taken: dict[str, list[Taken]] = {}

    def take(self, group: str, place: Taken) -> None:
        """Say that a subject has, or will have, the next place of a group."""
        self.taken.setdefault(group, []).append(place)

    def dosed(self, group: str) -> Sequence[Taken]:
        """Give everybody in a group, in the order of dosing."""
        return self.taken.get(group, ())

    def counted(self, group: str) -> list[Taken]:
        """Give those of a group who are evaluable, or may still be; within `as_of` those who were then."""
        return [each for each in self.dosed(group) if each.counted_on(self._day)]

    @contextmanager
    def as_of(self, day: date) -> Iterator[None]:
        """Let who is evaluable be what was known on a day: a past step is judged by that."""
        before, self._day = self._day, day
        yield
        self._day = before

    def observed(self, several: Sequence[Taken]) -> Wait:
        """Give the link that waits until some subjects have completed the DLT observation."""
        return observation(several, self.escalation, self.today, self.assumed)

    # --- the next place -------------------------------------------------------------------------------------------

    def next_place(self, group: DoseGroup) -> Place:
        """Give the next place from a group on: in it, or where its table leads."""
        waits: list[Wait] = []
        conditions: list[str] = []
        seen: set[str] = set()
        at: DoseGroup | None = group
        while at is not None and at.id not in seen:
            seen.add(at.id)
            walked = self._walked(at)
            waits = [*walked.waits] if walked.waits else waits
            conditions += walked.conditions
            if walked.then is None:
                return Place(at, len(self.counted(at.id)) + 1, tuple(waits), tuple(conditions), walked.told)
            if walked.then in ("discuss", "waits"):
                return Place(None, 0, tuple(waits), tuple(conditions), walked.told)
            if walked.then == "stop" and not walked.to:
                return self._below(at, walked.told)._replace(waits=tuple(waits), conditions=tuple(conditions))
            at = self.escalation.group(walked.to) if walked.to else self.escalation.following(at)
        last = "no dose group follows: the escalation ends here"
        return Place(None, 0, tuple(waits), tuple(conditions), last)

    def _below(self, group: DoseGroup, told: str) -> Place:
        """Give the place below a group that was stopped, where the candidate for the MTD needs more subjects."""
        below = self.escalation.below(group)
        while below is not None:
            counted, needs = self.counted(below.id), self.escalation.mtd_needs
            row = self._settled_candidate(below)
            if row is None and len(counted) < needs:
                more = f"{told}; {below.name}, the candidate for the MTD, needs {needs}"
                return Place(below, len(counted) + 1, (), (), more)
            if row is None or row.then != "stop":
                told += f"; {then_told(row, below, self.escalation)}" if row is not None else ""
                return Place(None, 0, (), (), told)
            told += f"; {_dlts_told(_with_dlt(counted[:needs]), None)} in {below.name}, which is stopped, too"
            below = self.escalation.below(below)
        return Place(None, 0, (), (), told)

    def _settled_candidate(self, group: DoseGroup) -> Decision | None:
        """Give the row that stops the candidate for the MTD, or lets people discuss, whatever comes of those open."""
        needs = self.escalation.mtd_needs
        first = self.counted(group.id)[:needs]
        sure, known = _with_dlt(first), sum(each.dlt is not None for each in first)
        rows = self.escalation.rows(group.id)
        found = [decided(rows, Step(needs, dlts)) for dlts in range(sure, sure + needs - known + 1)] if needs else []
        one = found[0] if found else None
        if one is None or one.then not in ("stop", "discuss"):
            return None
        return one if all(row is not None and row.then == one.then for row in found) else None

    def waits_at(self, group: DoseGroup, position: int, on: date) -> Place:
        """Give what a place waited for that was taken on a day, with all who stand before it in the group.

        Where the DLTs of those before were not assessed, the table is read as it must have been for the place to be.
        """
        if position == 1 and group.spare:
            return Place(group, 1, (self.to_spare(group),))
        if position == 1:
            before = self.escalation.below(group)
            if before is None or not self.counted(before.id):
                return Place(group, 1, ())
            walked = self._walked(before, wanted="escalate", on=on)
            is_right = walked.then == "escalate"
        else:
            walked = self._walked(group, wanted="add", on=on)
            is_right = walked.then is None
            above = self.escalation.following(group)
            if not is_right and position <= self.escalation.mtd_needs and above is not None:
                stopped = self._stopped(above, on)
                if stopped is not None:  # then it is the candidate for the MTD
                    return Place(group, position, (*walked.waits, *stopped), walked.conditions)
        told = "" if is_right else walked.told
        return Place(group if is_right else None, position, walked.waits, walked.conditions, told)

    def _stopped(self, group: DoseGroup, on: date) -> tuple[Wait, ...] | None:
        """Give what the stop of a group waited for, also as the candidate for the MTD; None where it was not."""
        if not self.counted(group.id):
            return None
        walked = self._walked(group, wanted="stop", on=on)
        if walked.then == "stop":
            return walked.waits
        above, row = self.escalation.following(group), self._settled_candidate(group)
        if row is None or row.then != "stop" or above is None or self._stopped(above, on) is None:
            return None
        first = self.counted(group.id)[: self.escalation.mtd_needs]
        return (self._assessed([each for each in first if each.has_dlt], row),)

    def is_decided(self, group: DoseGroup) -> bool:
        """Tell whether people decided to use a spare dose group."""
        return self.rulings.leading_to(group.id) is not None

    def to_spare(self, group: DoseGroup) -> Wait:
        """Give the link that waits until people decide to use a spare dose group."""
        ruling = self.rulings.leading_to(group.id)
        if ruling is not None:
            return self._ruled(ruling)
        return Wait("decision", "decisions", f"a decision to use {group.name} is not recorded", None, True)

    def _walked(self, group: DoseGroup, wanted: str = "", on: date | None = None) -> _Walked:
        """Walk a group's table as far as its subjects lead; `wanted` is where an unassessed step must lead."""
        rows, counted = self.escalation.rows(group.id), self.counted(group.id)
        at = sizes(rows)
        if not at:
            return _Walked(None, (), (), "")
        known = [each for each in counted if (each.has_dlt if on is None else each.has_dlt_by(on))]
        now = at_once(rows, len(known))
        waits: list[Wait] = []
        conditions: list[str] = []
        done, of = 0, at[0]
        while True:
            ruling = self.rulings.next(group.id, counted, done, of, on)
            done = of if ruling is None else ruling.of
            if len(counted) < done or (ruling is None and now is not None and now.then != "add"):
                break
            first = counted[:done]
            row, dlts, unknown = self._row(rows, first, wanted)
            if done == of:  # what people decide at any other number waits for nobody
                why = _why(row) if ruling is None and row is not None else ""
                waits = [*self._observed(first, why)]  # of all before, too: a later step asks for more of them
            if ruling is not None:
                waits.append(self._ruled(ruling))
                if ruling.then == "add":
                    of = _next_step(at, done, ruling.subjects)
                    continue
                return _Walked(
                    ruling.then, tuple(waits), tuple(conditions), f"decided on {_told(ruling.on)}", ruling.to
                )
            if unknown:
                conditions.append(f"{dlts} of the first {of} in {group.name} {_have(dlts)} a DLT ({unknown})")
            if row is None:
                message = f"the decision table says nothing for {dlts} of {of}"
                return _Walked("discuss", tuple(waits), tuple(conditions), message)
            if row.then == "add":
                of += row.subjects
                continue
            told = f"{_dlts_told(dlts, of)} in {group.name}: {then_told(row, group, self.escalation)}"
            if row.then == "discuss":
                waits.append(self._asked(row, told))
            return _Walked(row.then, tuple(waits), tuple(conditions), told)
        if now is not None and now.then != "add":
            told = f"{_dlts_told(len(known), None)} in {group.name}: {then_told(now, group, self.escalation)}"
            ruling = self.rulings.at_once(group.id, counted)
            waits.append(self._assessed(known, now))
            if ruling is None:
                if now.then == "discuss":
                    waits.append(self._asked(now, told))
                return _Walked(now.then, tuple(waits), tuple(conditions), told)
            waits.append(self._ruled(ruling))
            then = None if ruling.then == "add" else ruling.then
            return _Walked(then, tuple(waits), tuple(conditions), told if then is not None else "", ruling.to)
        settled = self._settled(rows, counted[:of], of)
        if settled is not None and wanted in ("", "stop"):
            told = f"{_dlts_told(_with_dlt(counted), None)} in {group.name}, whatever comes of the others: "
            told += then_told(settled, group, self.escalation)
            waits.append(self._assessed([each for each in counted[:of] if each.has_dlt], settled))
            if settled.then == "discuss":
                waits.append(self._asked(settled, told))
            return _Walked(settled.then, tuple(waits), tuple(conditions), told)
        if wanted == "escalate":
            told = f"{group.name} has {len(counted)} of the {of} evaluable subjects that its next decision asks for"
            return _Walked("waits", tuple(waits), tuple(conditions), told)
        return _Walked(None, tuple(waits), tuple(conditions), "")

    def _settled(self, rows: tuple[Decision, ...], first: Sequence[Taken], of: int) -> Decision | None:
        """Give the row that a step leads to whatever comes of those who are open, where its DLTs are why.

        What the step would lead to without any DLT, too, waits until all are there.
        """
        sure, known = _with_dlt(first), sum(each.dlt is not None for each in first)
        if not sure:
            return None
        found = [decided(rows, Step(of, dlts)) for dlts in range(sure, sure + of - known + 1)]
        one, without = found[0], decided(rows, Step(of, 0))
        if one is None or one is without or one.then not in ("stop", "discuss"):
            return None
        if without is not None and without.then == one.then and any(row is not one for row in found):
            return None
        return one if all(row is not None and row.then == one.then for row in found) else None

    def _row(
        self, rows: tuple[Decision, ...], first: Sequence[Taken], wanted: str
    ) -> tuple[Decision | None, int, str]:
        """Give the row that counts for some subjects, the number of DLTs, and who is taken to have none."""
        of, sure = len(first), sum(each.has_dlt for each in first)
        open_ = [each.subject or "the next subject" for each in first if each.dlt is None]
        if not open_:
            return decided(rows, Step(of, sure)), sure, ""
        told = f"not yet assessed: {', '.join(open_)}"
        for dlts in range(sure, sure + len(open_) + 1):
            row = decided(rows, Step(of, dlts))
            if wanted and row is not None and row.then == wanted:
                return row, dlts, told
        return decided(rows, Step(of, sure)), sure, told

    def unused(self) -> Iterator[tuple[Ruling, str, bool]]:
        """Give the recorded decisions that change nothing, why, and whether another one took their place."""
        for ruling in self.rulings.unused():
            group = self.escalation.group(ruling.group) or ONE_GROUP
            yield ruling, *self.rulings.why_unused(ruling, group.name, self.counted(ruling.group))

    def has_places(self, group: DoseGroup) -> bool:
        """Tell whether the table has room for more subjects in a group, as far as it is known."""
        return self._walked(group).then is None

    # --- links of the chain ---------------------------------------------------------------------------------------

    def _assessed(self, several: Sequence[Taken], row: Decision) -> Wait:
        """Say by when the DLTs were assessed that a row of the table rests on."""
        last = max(each.dlt.on for each in several if each.dlt is not None)
        names = named([each.subject for each in several])
        told = f"{_dlts_told(len(several), None)} ({names}), assessed by {_told(last)}"
        return Wait("assessment", row.id, told, last, last > self.today, _why(row))

    def _observed(self, first: Sequence[Taken], why: str) -> Iterator[Wait]:
        """Say that all of some subjects must have completed the observation, and must have been assessed.

        `why` is why the row of the table that asks for it is assumed.
        """
        yield self.observed(first)
        missing = [each.subject for each in first if each.dlt is None and each.subject]
        if missing:
            told = f"DLT {NEVER_ASSESSED}: {', '.join(missing)}"
            yield Wait("assessment", "decisions", told, None, True, why)
            return
        days = [each.dlt.on for each in first if each.dlt is not None]
        if len(days) == len(first):
            last = max(days)
            told = f"DLT assessed of all {len(first)} by {_told(last)}"
            yield Wait("assessment", "decisions", told, last, last > self.today, why)

    def _ruled(self, ruling: Ruling) -> Wait:
        since = ruling.on + _DAY
        by = f" by {ruling.by}" if ruling.by else ""
        return Wait("decision", "decisions", f"decided on {_told(ruling.on)}{by}", since, since > self.today)

    def _asked(self, row: Decision, told: str) -> Wait:
        return Wait("decision", row.id, f"{told}; what was decided is not recorded", None, True, _why(row))

    # --- what may come --------------------------------------------------------------------------------------------

    def outcomes(self, group: DoseGroup) -> tuple[int, tuple[Outcome, ...]]:
        """Give the number of evaluable subjects at the next decision, and what each number of DLTs would lead to."""
        rows, counted = self.escalation.rows(group.id), [each for each in self.counted(group.id) if each.is_actual]
        at = sizes(rows)
        if not at:
            return 0, ()
        done, of = 0, at[0]
        while True:
            ruling = self.rulings.next(group.id, counted, done, of)
            done = of if ruling is None else ruling.of
            first = counted[:done]
            row = decided(rows, Step(done, _with_dlt(first)))
            if ruling is not None and ruling.then == "add":
                of = _next_step(at, done, ruling.subjects)
            elif (
                ruling is None
                and row is not None
                and row.then == "add"
                and len(first) == done
                and all(each.dlt is not None for each in first)
            ):
                of += row.subjects
            else:
                break
        needs, above = self.escalation.mtd_needs, self.escalation.following(group)
        is_candidate = above is not None and of < needs and self._stopped(above, self.today) is not None
        of = needs if is_candidate else of
        first = counted[:of]
        sure, known = _with_dlt(first), sum(each.dlt is not None for each in first)
        found = []
        for dlts in range(sure, sure + of - known + 1):
            row = decided(rows, Step(of, dlts))
            then = None if row is None else row.then
            told = then_told(row, group, self.escalation) if row is not None else "the table says nothing"
            if is_candidate and then == "escalate":  # the group above is stopped
                then, told = (
                    "stop",
                    f"{group.name} is the candidate for the MTD, with the {of} subjects that it needs",
                )
            found.append(Outcome(of, dlts, then, told, row, known == of))
        return of, tuple(found)


class _Walked(NamedTuple):
    """How far a table leads: to a place (None), or to what a row says; `waits`: too few subjects for a decision."""

    then: Literal["add", "escalate", "stop", "discuss", "waits"] | None
    waits: tuple[Wait, ...]
    conditions: tuple[str, ...]
    told: str
    to: str = ""


def then_told(row: Decision, group: DoseGroup, escalation: Escalation) -> str:
    """Say what a row of the decision table leads to."""
    by = f" ({row.by})" if row.by else ""
    notes = f": {row.notes}" if row.notes else ""
    if row.then == "add":
        return f"{row.subjects} more subjects in {group.name}{by}{notes}"
    if row.then == "escalate":
        following = escalation.following(group)
        return (
            (f"on to {following.name}" if following is not None else "the last dose group is complete") + by + notes
        )
    if row.then == "stop":
        below = escalation.below(group)
        lower = f"; {below.name} is the candidate for the MTD" if below is not None else ""
        return f"no more subjects in {group.name}{lower}{by}{notes}"
    return f"people discuss and decide{by}{notes}"


def _next_step(at: Sequence[int], done: int, more: int) -> int:
    """Give the number of subjects at which the table is asked again once people added some; none is left out."""
    return min([size for size in at if size > done] + [done + more])


def _dlts_told(dlts: int, of: int | None) -> str:
    number = f"{dlts} DLT{'s' if dlts != 1 else ''}"
    return number if of is None else f"{number} in {of} evaluable subjects"


def _why(row: Decision) -> str:
    return assumed_of(row.assumed, "of", "dlts", "then")


def _with_dlt(several: Sequence[Taken]) -> int:
    return sum(each.has_dlt for each in several)


def _have(number: int) -> str:
    return "has" if number == 1 else "have"
