"""From what happened to what is written: the steps of a record, checked against what the subject's file says already.

A room of its own because here is decided what counts as a change that needs a reason, and what cannot be. Whether the
new file makes sense as a whole, its reader tells; whether windows and rules hold, the planner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from trialcal.cli.amending import subject_schedule
from trialcal.cli.assessing import assessed
from trialcal.cli.dates_told import When, names_of, span_told, told_of, written
from trialcal.cli.events import ABSENT, Event, no_reason
from trialcal.cli.noting_parameters import parameter_noted
from trialcal.cli.noting_same import is_same
from trialcal.cli.noting_words import id_meant, none_of_that_name, none_of_those_names
from trialcal.files.dates import parse_date, parse_partial
from trialcal.files.editing import Shelve, Step, Value, at
from trialcal.files.phrases import Mistake, parse_duration
from trialcal.files.subjects import SubjectFile
from trialcal.problems import Problem
from trialcal.stopping import is_named
from trialcal.subject import Partly
from trialcal.telling import day_told

# What belongs to one screening, and goes to `earlier_attempts` with it.
OF_AN_ATTEMPT = ("consent", "rfstdtc", "given", "visits", "unscheduled", "holds", "delays", "discontinued")


class Noted(NamedTuple):
    """What shall be written, what it is called in the history, what is told of it, and what is wrong with it."""

    steps: tuple[Step | Shelve, ...]
    what: str
    told: str
    problems: tuple[Problem, ...]


def noted(event: Event, content: Mapping[str, Any], found: SubjectFile, today: date) -> Noted:
    """Give what shall be written of an event, in a file with this content."""
    noting = _Noting(event, content, found, today)
    steps, what, told = noting.noted()
    changed = [step for step in steps if isinstance(step, Shelve) or not is_same(at(content, step.path), step)]
    overwritten = {
        step.path[-1]: at(content, step.path)
        for step in changed
        if isinstance(step, Step) and step.path[-1] not in ("reason", "notes", "attempt")
    }
    values = [f"{key}: {value}" for key, value in overwritten.items() if value is not None]
    if values and not noting.reason and not any(each.code == "no-reason" for each in noting.problems):
        told = f"{event.name or event.kind}: this changes what was recorded before ({', '.join(values)})"
        noting.problems.append(no_reason(told))
    return Noted(tuple(changed), what, told, tuple(noting.problems))


_OF_THE_SUBJECT = ("discontinued", "consent", "rfstdtc", "dlt", "not-evaluable", "dose-group")


class _Noting:
    """What is needed while one event is looked at."""

    def __init__(self, event: Event, content: Mapping[str, Any], found: SubjectFile, today: date) -> None:
        self.event, self.content, self.found, self.today = event, content, found, today
        self.reason = event.options.reason.strip()
        self.problems: list[Problem] = []

    def noted(self) -> tuple[Sequence[Step | Shelve], str, str]:
        kind = self.event.kind
        if kind in ABSENT:
            return self.absent()
        return {
            "done": self.done,
            "booked": self.booked,
            "given": self.given,
            "removed": self.removed,
            "unscheduled": self.unscheduled,
            "discontinued": self.discontinued,
            "hold": self.hold,
            "delay": self.delay,
            "rescreened": self.rescreened,
            "note": self.note,
            "consent": self.day_of_the_subject,
            "rfstdtc": self.day_of_the_subject,
            "parameter": self.parameter,
            "dlt": self.assessment,
            "not-evaluable": self.assessment,
            "dose-group": self.assessment,
        }[kind]()

    # --- a visit ----------------------------------------------------------------------------------------------------

    def done(self) -> tuple[Sequence[Step], str, str]:
        name, entry = self.visit(may_be_unscheduled=True)
        start = self.when(self.event.when, is_partial=True) if self.event.when else None
        if start is None and not self.event.when and at(self.content, (*entry, "actual")) is None:
            example = f"as `{self.command} {name} {self.today}`"
            self.error("no-date", f"{name}: --end alone goes with a visit whose date is recorded", example)
        return self.took_place(name, entry, start)

    def took_place(self, name: str, entry: tuple[str, str], start: When | None) -> tuple[Sequence[Step], str, str]:
        end = self.end(name)
        known = at(self.content, entry) or {}
        self.not_in_the_future(name, start)
        self.keeps_its_clock(name, known, start, end)
        steps = [Step((*entry, "actual"), start.text)] if start is not None else []
        steps += [Step((*entry, "end"), end.text)] if end is not None else []
        steps += self.without(entry, ("status", "on"))
        is_correction = "actual" in known and "status" not in known
        if not is_correction:
            steps += self.with_reason(entry, replacing="status" in known)
        return steps, f"{name} done", f"{name} took place{span_told(start, end)}"

    def keeps_its_clock(self, name: str, known: Mapping[str, Any], start: When | None, end: When | None) -> None:
        """Refuse a corrected start that would leave the end of another day, or lose the clock time."""
        before = str(known.get("actual", ""))
        if start is None or "status" in known:
            return
        if end is None and "end" in known and start.text[:10] != before[:10]:
            message = f"{name}: its end stays on {known['end']}, and the start would be {start.text}"
            self.error("end-stays", message, "give the end of that day too, with --end")
        elif "T" in before and start.text == before[:10]:
            message = f"{name}: the start is recorded with its clock time, {before}, which would be lost"
            self.error("clock-lost", message, f"write {before} to keep it, or another clock time")

    def booked(self) -> tuple[Sequence[Step], str, str]:
        name, entry = self.visit()
        when = self.needed(self.event.when)
        done = at(self.content, (*entry, "actual"))
        if done is not None:
            hint = f"correct its date with `{self.command} {name} DATE`, or take it away with `removed {name}`"
            self.error("is-done", f"{name} took place on {done}: nothing can be booked for it", hint)
        if when.day < self.today:
            message = f"{name} is booked for {when.told}, which is in the past"
            self.warn("booked-in-the-past", message, f"if it took place: `{self.command} {name} {when.text}`")
        steps = [Step((*entry, "booked"), when.text)]
        steps += [*self.without(entry, ("status", "on")), *self.with_reason(entry)]
        return steps, f"{name} booked", f"{name} is booked for {when.told}"

    def absent(self) -> tuple[Sequence[Step], str, str]:
        name, entry = self.visit()
        kind = self.event.kind
        on = self.when(self.event.when, is_day=True) if self.event.when else None
        if self.fell_away(name):
            message = f"{name} has fallen away already"
            self.error("fell-away", message, "nothing need be recorded of it")
        if kind == "missed":
            self.not_in_the_future(name, on)
        steps = [Step((*entry, "status"), kind)]
        steps += [Step((*entry, "on"), on.text)] if on is not None else []
        steps += [*self.without(entry, ("actual", "end")), *self.with_reason(entry)]
        return steps, f"{name} {kind}", f"{name} was {kind}" + (f" on {on.told}" if on is not None else "")

    def given(self) -> tuple[Sequence[Step], str, str]:
        name, entry = self.visit()
        when = self.needed(self.event.when)
        done = at(self.content, (*entry, "actual"))
        if done is not None:
            hint = f"correct its date with `{self.command} {name} DATE`"
            self.error("is-done", f"{name} took place on {done}: a given date would change nothing", hint)
        steps = [Step(("given", name), when.text)]
        return steps, f"{name} given", f"{name} is planned on {when.told}, as given"

    def unscheduled(self) -> tuple[Sequence[Step], str, str]:
        start = self.needed(self.event.when)
        there: dict[str, Any] = {}
        for attempt in (self.content, *(self.content.get("earlier_attempts") or ())):
            there.update(attempt.get("unscheduled") or {})
        known = self.content.get("unscheduled") or {}
        same = [name for name, entry in known.items() if entry.get("actual") == start.text]
        alike = [name for name in same if known[name].get("reason", "") == self.reason]
        if same and not alike:
            self.warn("same-day", f"{same[0]} is at the same time", "if it is the same visit, take one of them away")
        numbers = [int(name[12:]) for name in there if name.startswith("unscheduled-") and name[12:].isdecimal()]
        name = alike[0] if alike else f"unscheduled-{max(numbers, default=0) + 1}"
        return self.took_place(name, ("unscheduled", name), start)

    def removed(self) -> tuple[Sequence[Step], str, str]:
        """Take a record away that should never have been made."""
        words = self.event.name.split()
        paths = self.recorded(words)
        if not paths and not self.problems:
            visit = id_meant(self.event.name, self.found.protocol)
            hint = f"did you mean `{visit}`?" if visit else "look with `history`"
            self.error("not-recorded", f"removed: nothing is recorded of {self.event.name}", hint)
        name = " ".join(words)
        return [Step(path, None) for path in paths], f"{name} removed", f"{name}: the record is removed"

    def recorded(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """Find what is recorded of some words: a visit, `given infusion`, `hold dose`, `discontinued`."""
        what, name = (words[0], words[-1]) if len(words) > 1 else ("", words[0])
        if what == "parameter":
            return [("parameters", name)] if at(self.content, ("parameters", name)) is not None else []
        if what in ("hold", "delay"):
            number = self.item(f"{what}s", name, self.event.when)
            return [(f"{what}s", str(number))] if number else []
        key = name.replace("-", "_")
        if not what and name in _OF_THE_SUBJECT:
            return [(key,)] if key in self.content else []
        places = ("given",) if what == "given" else ("visits", "unscheduled") if not what else ()
        if not what and name not in self.known_visits() and at(self.content, ("unscheduled", name)) is None:
            self.unknown(name)
        return [(place, name) for place in places if at(self.content, (place, name)) is not None]

    # --- the subject ------------------------------------------------------------------------------------------------

    def discontinued(self) -> tuple[Sequence[Step], str, str]:
        when = self.needed(self.event.when, is_day=True)
        self.not_in_the_future("discontinued", when)
        visits, keep = self.several(self.event.options.visits), self.several(self.event.options.keep)
        stop: dict[str, Value] = {"on": when.text, "visits": visits}
        stop |= {"keep": keep} if keep else {}
        stop |= {"reason": self.reason} if self.reason else {}
        steps: list[Step] = [Step(("discontinued",), stop)]
        if "discontinued" in self.content:
            kept = self.content["discontinued"]
            steps = [Step(("discontinued", key), stop[key]) for key in stop if key != "reason" or key not in kept]
            steps += self.without(("discontinued",), ("keep",)) if not keep else []
        told = f"discontinued on {when.told}; falls away: {', '.join(visits)}"
        return steps, "discontinued", told + (f"; stays: {', '.join(keep)}" if keep else "")

    def hold(self) -> tuple[Sequence[Step], str, str]:
        first = self.needed(self.event.when, is_day=True)
        text = self.event.options.until
        last = self.when(text, is_day=True, what="--until") if text else None
        visits = self.several(self.event.name)
        hold: dict[str, Value] = {"visits": visits, "from": first.text}
        hold |= {"until": last.text} if last is not None else {}
        hold |= {"reason": self.reason} if self.reason else {}
        number = self.item("holds", self.event.name, self.event.when)
        told = f"{', '.join(visits)} on hold from {first.told}"
        told += f" until {last.told}" if last is not None else " until further notice"
        return self.in_list("holds", number, hold), f"hold {', '.join(visits)}", told

    def delay(self) -> tuple[Sequence[Step], str, str]:
        visits, by = self.several(self.event.name), self.event.when
        try:
            duration = parse_duration(by)
            by = str(duration)
            if not duration.count:
                hint = f"write a longer one, as 7d; `{self.command} removed delay {','.join(visits)}` takes one away"
                self.error("bad-date", f"delay: {by} moves nothing", hint)
        except Mistake as mistake:
            self.error("bad-date", f"delay: {mistake.message}", mistake.hint)
        over = {**self.found.subject.actual, **self.found.subject.partly, **self.found.subject.absent}
        done = [visit.id for visit in self.found.protocol.visits if is_named(visit, visits) and visit.id in over]
        if done:
            hint = "name those that are still to come: what was done stays judged by its own day"
            self.error("is-done", f"delay: nothing can be later of what is over: {', '.join(done)}", hint)
        delay: dict[str, Value] = {"visits": visits, "by": by}
        delay |= {"reason": self.reason} if self.reason else {}
        number = self.item("delays", self.event.name, "")
        told = f"{', '.join(visits)}: {by} later than in the protocol"
        return self.in_list("delays", number, delay), f"delay {', '.join(visits)}", told

    def rescreened(self) -> tuple[Sequence[Step | Shelve], str, str]:
        when = self.needed(self.event.when, is_day=True)
        self.not_in_the_future("rescreened", when)
        number, subject = self.found.subject.attempt, self.found.subject
        days = [(dated.day, name) for name, dated in subject.actual.items()]
        days += [(part.first, name) for name, part in subject.partly.items()]
        days += [(extra.dated.day, extra.id) for extra in subject.unscheduled]
        if days and max(days)[0] > when.day:
            last = max(days)
            message = f"rescreened: {last[1]} of that screening was on {day_told(last[0].toordinal())}"
            self.error("wrong-order", message, "give the day on which the screening before ended")
        keys = tuple(key for key in OF_AN_ATTEMPT if key in self.content)
        if not keys:
            self.error("not-recorded", "rescreened: nothing is recorded of the screening before", "record that first")
        head = {"attempt": str(number), "ended": when.text, "reason": self.reason}
        steps: list[Step | Shelve] = [Step(("attempt",), str(number + 1)), Shelve(keys, "earlier_attempts", head)]
        told = f"screening {number} ended on {when.told}; this is screening {number + 1}"
        return steps, "rescreened", told

    def note(self) -> tuple[Sequence[Step], str, str]:
        before = str(self.content.get("notes") or "").strip()
        text = self.event.text.strip()
        lines = before.split("\n")
        notes = before if text in lines else f"{before}\n{text}\n" if before else text
        steps = [Step(("notes",), notes)] if notes != before else []
        return steps, "note", f"noted: {text}"

    def parameter(self) -> tuple[Sequence[Step], str, str]:
        name = self.event.name
        steps, told, problems = parameter_noted(name, self.event.when, self.content, self.found.protocol)
        self.problems += problems
        return steps, f"parameter {name}", told

    def day_of_the_subject(self) -> tuple[Sequence[Step], str, str]:
        kind = self.event.kind
        when = self.needed(self.event.when, is_day=True)
        self.not_in_the_future(kind, when)
        name = {"consent": "the informed consent", "rfstdtc": "RFSTDTC"}[kind]
        steps = [Step((kind,), when.text)]
        return steps, kind, f"{name} is {when.told}"

    def assessment(self) -> tuple[Sequence[Step], str, str]:
        on = self.needed(self.event.when, is_day=True) if self.event.kind != "dose-group" else None
        onset = self.when(self.event.options.onset, is_day=True, what="--onset") if self.event.options.onset else None
        self.not_in_the_future(self.event.kind, on)
        dates = [each if each is None else (each.text, each.told) for each in (on, onset)]
        return assessed(self.event, self.content, dates[0] or ("", ""), dates[1])

    # --- parts of them ----------------------------------------------------------------------------------------------

    def visit(self, *, may_be_unscheduled: bool = False) -> tuple[str, tuple[str, str]]:
        """Give the visit that is named, and where the file has it."""
        name = self.event.name
        if may_be_unscheduled and at(self.content, ("unscheduled", name)) is not None:
            return name, ("unscheduled", name)
        if name not in self.known_visits():
            self.unknown(name)
        return name, ("visits", name)

    def several(self, text: str | None) -> list[str]:
        """Give the names in a text with commas between, and say of those that are no ids which id is meant."""
        names = names_of(text)
        self.problems += none_of_those_names(names, self.found.protocol)
        return names

    @property
    def command(self) -> str:
        """What begins a command for this subject."""
        return f"trialcal record {self.found.path.name}"

    def fell_away(self, name: str) -> bool:
        """Tell whether a visit does not take place any more, by what is recorded so far."""
        if name in self.found.subject.absent or self.found.subject.discontinued is None:
            return False
        rows = {visit.id: visit for visit in subject_schedule(self.found).visits}
        return name in rows and rows[name].status == "cancelled"

    def known_visits(self) -> set[str]:
        stages = (*(stage.protocol for stage in self.found.earlier), self.found.protocol)
        return {visit.id for protocol in stages for visit in protocol.visits}

    def unknown(self, name: str) -> None:
        mistake = none_of_that_name(
            name, self.found.protocol, more="write `cycles: {{{}: {}}}` in the subject's file"
        )
        self.error("unknown-visit", mistake.message, mistake.hint)

    def when(
        self, text: str | None, *, is_partial: bool = False, is_day: bool = False, what: str = ""
    ) -> When | None:
        """Read a date; None where it is missing (told already) or none (told now)."""
        if not text:
            return None
        what = what or self.event.name or self.event.kind
        try:
            found = parse_partial(text) if is_partial else parse_date(text)
        except Mistake as mistake:
            self.error("bad-date", f"{what}: {mistake.message}", mistake.hint)
            return None
        if isinstance(found, Partly):
            return When(found.told, found.told, found.first)
        day, clock = found
        if clock is not None and is_day:
            self.error("bad-date", f"{what}: '{text}' has a clock time", f"write the date alone: {day}")
            return None
        return When(written(day, clock), told_of(day, clock), day)

    def needed(self, text: str, *, is_day: bool = False) -> When:
        """Read a date that must be there; what stands in its place, where it is not, is never written."""
        return self.when(text, is_day=is_day) or When("", "", self.today)

    def end(self, name: str) -> When | None:
        text = self.event.options.end
        found = self.when(text, what=f"{name}: --end") if text else None
        if found is not None and "T" not in found.text:
            self.error("bad-date", f"{name}: --end needs a clock time", f"as {found.text}T16:30")
            return None
        self.not_in_the_future(f"{name}: its end", found)
        return found

    def not_in_the_future(self, name: str, when: When | None) -> None:
        if when is not None and when.day > self.today:
            message = f"{name}: {when.told} is in the future (today is {day_told(self.today.toordinal())})"
            visit = self.event.name or "VISIT"
            hint = f"an appointment is recorded with `{self.command} booked {visit} {when.text}`"
            self.error("in-the-future", message, hint if self.event.kind == "done" else "check the date")

    def without(self, entry: tuple[str, ...], keys: Sequence[str]) -> Iterator[Step]:
        """Take keys of an entry away that no longer hold."""
        known = at(self.content, entry) or {}
        return (Step((*entry, key), None) for key in keys if key in known)

    def with_reason(self, entry: tuple[str, ...], *, replacing: bool = False) -> Iterator[Step]:
        """Write the reason at the visit; one that belonged to what no longer holds goes."""
        if self.reason:
            yield Step((*entry, "reason"), self.reason)
        elif replacing:
            yield from self.without(entry, ("reason",))

    def item(self, key: str, visits: str, first: str) -> int:
        """Find the item of a list for the same visits (and from the same date); 0 where there is none."""
        for number, item in enumerate(self.content.get(key) or (), 1):
            there = item.get("visits", ())
            is_same = names_of(there if isinstance(there, str) else ",".join(there)) == names_of(visits)
            if is_same and (not first or item.get("from") == first):
                return number
        return 0

    def in_list(self, key: str, number: int, entry: Mapping[str, Value]) -> list[Step]:
        if not number:
            return [Step((key, "+"), entry)]
        there = self.content[key][number - 1]
        keys = [name for name in entry if name != "visits" and (name != "reason" or name not in there)]
        return [Step((key, str(number), name), entry[name]) for name in keys]

    def error(self, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem("error", code, message, hint))

    def warn(self, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem("warning", code, message, hint))
