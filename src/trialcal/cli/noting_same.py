"""Whether a record would write what is there already, so that nothing is to change.

A room of its own because the same date may be written in several ways, and none of them is a change.
"""

from __future__ import annotations

from typing import Any

from trialcal.files.dates import parse_partial
from trialcal.files.editing import Step
from trialcal.files.phrases import Mistake


def is_same(before: Any, step: Step) -> bool:
    """Tell whether a step would write what is there already, perhaps in another spelling."""
    if before == step.value:
        return True
    if not isinstance(before, str) or not isinstance(step.value, str) or step.path[-1] in ("notes", "reason"):
        return False
    try:
        return parse_partial(before) == parse_partial(step.value)
    except Mistake:
        return " ".join(before.split()) == step.value
