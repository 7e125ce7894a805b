"""`trialcal diff`: what differs between two protocols, or two versions of one."""

from __future__ import annotations

from typing import Annotated

import typer

from trialcal.cli.names import Plain
from trialcal.cli.options import Output


def diff(
    old: Annotated[str, typer.Argument(help="An id, a file, or ID@VERSION.", metavar="OLD")],
    new: Annotated[str, typer.Argument(help="The same.", metavar="NEW")],
    form: Annotated[Plain, typer.Option("--format", help="Words, or JSON.")] = Plain.text,
    output: Output = None,
) -> None:
    """Compare two versions of a protocol in words: what changes dates, and what does not.

    Exit code 0 where nothing differs, 1 where something does, as `diff` has it.

    trialcal diff gc012f@1.0 gc012f@2.0
    """
    from trialcal.cli.diffing import compared, compared_written
    from trialcal.cli.output import stop, write_result

    before, after, found = compared(old, new)
    write_result(compared_written(before, after, found, form), output)
    if found:
        stop(1)
