"""What the words of `record` say happened: `dose-3 2025-03-08`, `missed dose-3`, `hold dose 2025-03-10`.

A room of its own because the words may stand in any order, and because which of them is a visit only the subject's
protocol tells: a visit whose id is one of our words comes first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from trialcal.cli.output import printable
from trialcal.problems import Problem

Kind = Literal[
    "done", "booked", "missed", "skipped", "cancelled", "given", "removed",
    "unscheduled", "discontinued", "hold", "delay", "rescreened", "note", "consent", "rfstdtc", "parameter",
    "dlt", "not-evaluable", "dose-group",
]  # fmt: skip

OF_A_VISIT: tuple[Kind, ...] = ("done", "booked", "missed", "skipped", "cancelled", "given", "removed")
OF_THE_SUBJECT: tuple[Kind, ...] = (
    *("unscheduled", "discontinued", "hold", "delay", "rescreened", "note", "consent", "rfstdtc", "parameter"),
    *("dlt", "not-evaluable", "dose-group"),
)
WORDS = (*OF_A_VISIT, *OF_THE_SUBJECT)
ABSENT: tuple[Kind, ...] = ("missed", "skipped", "cancelled")
_NEED_NAME = (*OF_A_VISIT, "hold", "delay", "parameter")
_NEED_REASON = (*ABSENT, "removed", "discontinued", "hold", "delay", "rescreened", "not-evaluable")
_OUTCOMES = ("none", "yes")
_EXAMPLES: dict[str, str] = {
    "done": "dose-3 2025-03-08",
    "booked": "booked dose-3 2025-03-08T10:00",
    "missed": 'missed dose-3 --reason "..."',
    "skipped": 'skipped dose-3 --reason "..."',
    "cancelled": 'cancelled dose-3 --reason "..."',
    "given": "given infusion 2025-03-10",
    "removed": 'removed dose-3 --reason "entered for the wrong subject"',
    "unscheduled": "unscheduled 2025-03-20 --reason rash",
    "discontinued": 'discontinued 2025-04-01 --visits dose --reason "..."',
    "hold": 'hold dose 2025-03-10 --until 2025-03-17 --reason "..."',
    "delay": 'delay dose-4,dose-5 7d --reason "..."',
    "rescreened": 'rescreened 2025-01-20 --reason "..."',
    "note": 'note "prefers mornings"',
    "consent": "consent 2025-02-10",
    "rfstdtc": "rfstdtc 2025-03-12",
    "parameter": "parameter half-life 21d",
    "dlt": "dlt none 2025-04-08 --by PI",
    "not-evaluable": 'not-evaluable 2025-03-20 --reason "..." --by PI',
    "dose-group": "dose-group dl-1",
}
# The codes that say: the words were not understood, or lack something (exit code 2).
USAGE = frozenset(
    {"bad-words", "bad-date", "unknown-visit", "no-date", "no-reason", "stray-option", "bad-text", "no-by"}
)
LONGEST_TEXT = 1_000


class Options(NamedTuple):
    """What the options of `record` say."""

    end: str | None = None
    until: str | None = None
    visits: str | None = None
    keep: str | None = None
    reason: str = ""
    onset: str | None = None
    by: str = ""


class Event(NamedTuple):
    """What shall be recorded: of `name`, a visit (or visits with commas between); `when` is a date or a duration."""

    kind: Kind
    name: str = ""
    when: str = ""
    text: str = ""
    options: Options = Options()


class Understood(NamedTuple):
    """The event of some words (None where they are none), what is wrong, and what should be told."""

    event: Event | None
    problems: tuple[Problem, ...]
    told: tuple[str, ...] = ()


def understood(words: Sequence[str], options: Options, visits: Collection[str]) -> Understood:
    """Understand the words, of which those that begin with a digit are dates. `visits` are the ids of visits."""
    told = _shadows(words, visits)
    if words and words[0] == "note" and "note" not in visits:
        event = Event("note", text=" ".join(words[1:]), options=options)
    else:
        names = [word for word in words if not word[:1].isdigit()]
        dates = [word for word in words if word[:1].isdigit()]
        if not names:
            hint = "as `trialcal record FILE dose-3 2025-03-08` or `trialcal record FILE missed dose-3`"
            return Understood(None, (_wrong("no visit is named", hint),))
        kind, rest = _kind_of(names, visits)
        problem = _too_many(kind, rest, dates, visits)
        if problem is not None:
            return Understood(None, (problem,), told)
        event = Event(kind, " ".join(rest), dates[0] if dates else "", options=options)
    return Understood(event, tuple(_lacking(event)), told)


def _shadows(words: Sequence[str], visits: Collection[str]) -> tuple[str, ...]:
    return tuple(
        f"`{word}` is a visit of this protocol, and is taken as such"
        for word in words[:2]
        if word in WORDS and word in visits
    )


def _kind_of(names: list[str], visits: Collection[str]) -> tuple[Kind, list[str]]:
    """Find the word that says what happened, and give the others."""
    there = [kind for name in names for kind in WORDS if name == kind and name not in visits]
    kind: Kind = "removed" if "removed" in there else there[0] if there else "done"
    rest = list(names)
    if kind in there:
        rest.remove(kind)
    return kind, rest


def _too_many(kind: Kind, names: Sequence[str], dates: Sequence[str], visits: Collection[str]) -> Problem | None:
    if len(dates) > 1:
        hint = "an end is written as --end, the last date of a hold as --until"
        return _wrong(f"two dates are given: {_shown(dates[0])} and {_shown(dates[1])}", hint)
    most = 2 if kind == "removed" else 1 if kind in (*_NEED_NAME, "dlt", "dose-group") else 0
    if len(names) > most:
        hint = f"as `trialcal record FILE {_EXAMPLES[kind]}`; a text of several words stands in quotes"
        strange = next((name for name in names if name not in visits), names[most])
        return _wrong(f"{_shown(strange)} is not understood here", hint)
    return None


def _lacking(event: Event) -> list[Problem]:
    """Say what is missing, and which options do not belong here."""
    kind, options = event.kind, event.options
    found: list[Problem] = []
    example = f"as `trialcal record FILE {_EXAMPLES[kind]}`"
    if kind in _NEED_NAME and not event.name:
        found.append(
            _wrong(f"{kind}: it is not said {'which' if kind == 'parameter' else 'of which visit'}", example)
        )
    if kind == "dlt" and event.name not in _OUTCOMES:
        found.append(_wrong("dlt: it is not said whether there was one, `none` or `yes`", example))
    if kind == "dose-group" and not event.name:
        found.append(_wrong("dose-group: it is not said which", example))
    if kind == "dlt" and event.name == "yes" and options.onset is None:
        hint = "as `trialcal record FILE dlt yes 2025-03-21 --onset 2025-03-20`; the first date is the assessment's"
        found.append(_wrong("dlt yes: the day on which it began is missing", hint))
    needs_date = kind not in (*ABSENT, "removed", "note", "delay", "dose-group") and not (
        kind == "done" and options.end
    )
    if (needs_date or kind == "delay") and not event.when:
        what = {"delay": "how much later", "parameter": "its value"}.get(kind, "the date")
        found.append(Problem("error", "no-date", f"{_named(event)}: {what} is missing", example))
    if kind == "note" and not event.text.strip():
        found.append(_wrong("note: there is no text", example))
    if kind == "discontinued" and not options.visits:
        hint = "as --visits dose,cycle-visits; or --visits all, with --keep for what stays"
        found.append(_wrong("discontinued: it is not said which visits fall away", hint))
    if kind in _NEED_REASON and not options.reason.strip():
        found.append(no_reason(f"{_named(event)}: this asks for a reason"))
    belongs = {
        "end": ("done", "unscheduled"),
        "until": ("hold",),
        "visits": ("discontinued",),
        "onset": ("dlt yes",),
        "keep": ("discontinued",),
    }
    for name, kinds in belongs.items():
        if getattr(options, name) is not None and kind not in kinds and _named_plainly(event) not in kinds:
            hint = f"--{name} goes with {' and '.join(kinds)}"
            found.append(Problem("error", "stray-option", f"--{name} says nothing here", hint))
    for name, text in (("--reason", options.reason), ("note", event.text)):
        if not text.isprintable() or len(text) > LONGEST_TEXT:
            message = f"{name}: the text is longer than {LONGEST_TEXT:,} characters, or not in one line"
            found.append(Problem("error", "bad-text", message, "write a short text in one line"))
    return found


def no_reason(message: str) -> Problem:
    """Ask for a reason."""
    return Problem("error", "no-reason", message, 'add --reason "..."; it stays in the history')


def _named_plainly(event: Event) -> str:
    return f"{event.kind} {event.name}"


def _named(event: Event) -> str:
    return f"{event.kind} {_shown(event.name)}" if event.name else event.kind


def _shown(text: str) -> str:
    return f"'{printable(text[:60])}'"


def _wrong(message: str, hint: str) -> Problem:
    return Problem("error", "bad-words", message, hint)
