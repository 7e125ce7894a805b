"""What `record` writes of a parameter's value, as of the half-life of an earlier product.

A room of its own because a parameter is no visit: its value is a duration, and no day belongs to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialcal.cli.output import printable
from trialcal.files.editing import Step, at
from trialcal.files.phrases import Mistake, parse_parameter, tidy
from trialcal.problems import Problem, nearest
from trialcal.protocol import Protocol


def parameter_noted(
    name: str, value: str, content: Mapping[str, Any], protocol: Protocol
) -> tuple[list[Step], str, list[Problem]]:
    """Give the step that sets a parameter, what is told of it, and what is wrong with it."""
    known = [parameter.id for parameter in protocol.parameters]
    if name not in known:
        message = f"there is no parameter '{printable(name[:60])}' in {protocol.id}"
        hint = nearest(name, known) if known else f"{protocol.id} has no parameters"
        return [], "", [Problem("error", "bad-words", message, hint)]
    try:
        wanted, written = parse_parameter(value), tidy(value)
    except Mistake as mistake:
        problem = Problem("error", "bad-words", f"parameter {name}: {mistake.message}", mistake.hint)
        return [], "", [problem]
    there = at(content, ("parameters", name))
    try:
        if isinstance(there, str) and parse_parameter(there) == wanted:
            written = there  # the same in another spelling
    except Mistake:  # told by the reader of the file
        pass
    return [Step(("parameters", name), written)], f"{name} is {wanted}", []
