"""The plans of several subjects as one page, each below a heading that no eye misses.

A room of its own because `table` knows one plan only, and its sections have headings already.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from trialcal.schedule import Schedule
from trialcal.writers.page import ink, printed
from trialcal.writers.table import plan_text


def plans_text(schedules: Sequence[Schedule], *, width: int, colour: bool) -> str:
    """Give the plans one after another, as `plan_text` gives each."""
    return "\n\n".join(
        _heading(schedule, width, colour) + "\n" + plan_text(schedule, width=width, colour=colour)
        for schedule in schedules
    )


def _heading(schedule: Schedule, width: int, colour: bool) -> str:
    title = f"━━━━ {schedule.subject.id or schedule.protocol.id} "
    return printed([ink((title, "bold"), ("━" * max(width - cell_len(title), 0), "bold"))], colour=colour)
