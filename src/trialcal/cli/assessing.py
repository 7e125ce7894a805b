"""What `record` writes of people's judgements: a dose-limiting toxicity, whether a subject counts, the dose group.

A room of its own because none of these is about a visit; who says so and when is part of what is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trialcal.cli.events import Event
from trialcal.files.editing import Step, Value

_Told = tuple[str, str]  # a date as it is written, and as it is told


def assessed(
    event: Event, content: Mapping[str, Any], on: _Told, onset: _Told | None
) -> tuple[Sequence[Step], str, str]:
    """Give the steps of an assessment, what it is called in the history, and what is told of it."""
    by = event.options.by
    if event.kind == "dose-group":
        return [Step(("dose_group",), event.name)], "dose group", f"the dose group is {event.name}"
    if event.kind == "not-evaluable":
        values: dict[str, Value] = {"reason": event.options.reason.strip(), "on": on[0], "by": by}
        told = f"not evaluable, as {by} decided on {on[1]}: {event.options.reason.strip()}"
        return _steps("not_evaluable", values, content), "not evaluable", told
    values = {"outcome": event.name, "on": on[0], "by": by}
    values |= {"onset": onset[0]} if onset is not None else {}
    told = f"DLT: {event.name}" + (f", begun on {onset[1]}" if onset is not None else "")
    return _steps("dlt", values, content), f"DLT {event.name}", f"{told}; assessed by {by} on {on[1]}"


def _steps(key: str, values: Mapping[str, Value], content: Mapping[str, Any]) -> list[Step]:
    """Write an entry, or change the values of the one that is there."""
    known = content.get(key)
    if not isinstance(known, Mapping):
        return [Step((key,), dict(values))]
    gone = [Step((key, name), None) for name in known if name not in values]
    return [Step((key, name), value) for name, value in values.items()] + gone
