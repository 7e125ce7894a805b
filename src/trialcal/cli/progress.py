"""A progress bar on standard error, for what takes long and where somebody looks.

A room of its own because standard output must stay the result's alone, and a log must not fill with bars.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from trialcal.cli.output import printable

Each = TypeVar("Each")
_WORTHWHILE = 2_000  # fewer are done in a second or two
_SOME = 100  # between two looks


def with_progress(every: Iterable[Each], total: int, what: str) -> Iterator[Each]:
    """Give each of them, and show meanwhile how many of the `total` were given."""
    if total < _WORTHWHILE or sys.stderr is None or not sys.stderr.isatty():
        yield from every
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(printable(what).replace("[", "\\["), total=total)
        for number, each in enumerate(every):
            if not number % _SOME:
                bar.update(task, completed=number)
            yield each
