"""The state last exported as text: JSON, an event on a line, in an order that stays, with a checksum.

A room of its own because a file outlives the program that wrote it: what it says must be recognised, and what half a
file, a foreign one or one changed by hand says must not be believed. Begun anew, the sequences would fall to 0, and
calendar programs would take every later change for an old one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from trialcal.problems import Place, Problem
from trialcal.writers.ics import Windows
from trialcal.writers.ics_words import Summary
from trialcal.writers.updates import Exported, State, moment_of

SCHEMA = "trialcal.calendar/1"
_SUMMARIES: Mapping[object, Summary] = {"full": "full", "neutral": "neutral"}
_WINDOWS: Mapping[object, Windows] = {"event": "event", "text": "text", "none": "none"}
_DEFAULTS = Exported._field_defaults | {"kind": "visit", "state": "", "status": "", "related": "", "text": ""}
_MEANING = "it keeps what was last exported as a calendar"
_BACK = (
    "put its last good copy back; if there is none, delete it and import the next calendar into a new one, or delete "
    "the old events first: calendar programs may take its changes for old ones"
)


def state_text(state: State) -> str:
    """Write a state as text, an event on a line, the smallest change the smallest difference."""
    lines = [_line(event) for event in state.events]
    head = {"schema": SCHEMA, "subject": state.subject, "summary": state.summary, "written": state.written}
    head |= {key: value for key, value in (("windows", state.windows), ("to", state.to)) if value}
    told = [f"{_json(key)}: {_json(value)}" for key, value in head.items()]
    told.append(f'"checksum": "{_checksum(told, lines)}"')
    return "{\n" + ",\n".join(told) + ',\n"events": [\n' + ",\n".join(lines) + "\n]\n}\n"


def read_state(data: bytes, file: str, subject: str) -> tuple[State | None, tuple[Problem, ...]]:
    """Read the state of a subject from a file's bytes; None, and what is wrong, where it cannot be believed."""
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # also bytes that are no text
        line = getattr(error, "lineno", 0)
        return None, (_damaged(f"the file is damaged or not complete; {_MEANING}", file, line),)
    except RecursionError:
        return None, (_foreign(file),)
    if not isinstance(found, dict) or not str(found.get("schema", "")).startswith(SCHEMA.partition("/")[0] + "/"):
        return None, (_foreign(file),)
    if found["schema"] != SCHEMA:
        message = f"this file was written by another version of trialcal ({str(found['schema'])[:40]})"
        return None, (_wrong(file, "state-version", message, "use the newest trialcal for this subject"),)
    try:
        state = _state(found)
        head = {key: value for key, value in found.items() if key not in ("checksum", "events")}
        told = [f"{_json(key)}: {_json(value)}" for key, value in head.items()]
        is_whole = found["checksum"] == _checksum(told, [_line(event) for event in state.events])
    except (KeyError, TypeError, ValueError, AttributeError):
        is_whole = False
    if not is_whole:
        message = f"this file was changed by hand or by another program; {_MEANING}"
        return None, (_damaged(message, file),)
    if state.subject != subject:
        message = f"this file keeps the calendar of subject {state.subject}, not of {subject}"
        hint = (
            f"move it to where the file of {state.subject} is; if the study number was corrected, delete the events "
            f"of {state.subject} in the calendar, and then this file"
        )
        return None, (_wrong(file, "state-of-another", message, hint),)
    return state, ()


def _state(found: dict[str, object]) -> State:
    events, summary = found["events"], _SUMMARIES[found["summary"]]
    windows = _WINDOWS[found["windows"]] if "windows" in found else ""
    if not isinstance(events, list):
        raise ValueError
    subject, written = str(found["subject"]), str(found["written"])
    moment_of(written)
    return State(subject, summary, written, tuple(map(_event, events)), windows, str(found.get("to", "")))


def _event(found: dict[str, object]) -> Exported:
    event = Exported(**{**_DEFAULTS, **found})
    if type(event.sequence) is not int or type(event.attempt) is not int or type(event.gone) is not bool:
        raise TypeError
    texts = [value for name, value in zip(event._fields, event, strict=True) if name not in _NUMBERS]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    for text in (event.start, event.end, event.stamp):
        moment_of(text)
    return event


_NUMBERS = frozenset(("sequence", "attempt", "gone"))


def _line(event: Exported) -> str:
    """Write an event: its name first, for people; what is as usual is left out."""
    found = event._asdict()
    first = ("name", "kind", "state", "start", "end", "sequence", "stamp", "title")
    order = (*first, *(name for name in found if name not in first))
    return _json({name: found[name] for name in order if found[name] != _DEFAULTS.get(name)})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _checksum(head: Iterable[str], events: Iterable[str]) -> str:
    return sha256("\n".join((*head, *events)).encode()).hexdigest()


def _damaged(message: str, file: str, line: int = 0) -> Problem:
    return Problem("error", "state-damaged", message, _BACK, Place(file, line))


def _foreign(file: str) -> Problem:
    message = "this is not a file of trialcal's; in one of this name trialcal keeps what was last exported"
    return _wrong(file, "not-a-state", message, "move it away, or put the right one back")


def _wrong(file: str, code: str, message: str, hint: str) -> Problem:
    return Problem("error", code, message, hint, Place(file))
