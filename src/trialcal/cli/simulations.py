"""What `simulate` does once its options are read: simulate, in several processes where that pays, and write.

Run number i draws from a generator of its own, made from the seed and i: in how many processes it is done changes
nothing in the result.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from trialcal.cli.lacking import stop_where_lacking
from trialcal.cli.output import check_output, is_device, printable, stop, tell, tell_problems, write_result
from trialcal.cli.planning import Asked
from trialcal.cli.progress import with_progress
from trialcal.cli.screen import has_colour, width
from trialcal.escalation import sizes
from trialcal.problems import Problem
from trialcal.protocol import Protocol
from trialcal.simulated import Given, Run, Simulation, summed
from trialcal.simulating import MOST_YEARS, Draw, Simulator
from trialcal.site import Site
from trialcal.start_days import NoEnd

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

_A_PIECE = 250  # runs that are done at a time
_WORTHWHILE = 5_000  # runs for each process; fewer are done sooner than one begins


def check_protocol(protocol: Protocol) -> None:
    """End the command with 1 where the protocol does not say what is needed, with what to write where."""
    stop_where_lacking(protocol, "as the --protocol", decisions=True)
    escalation = protocol.escalation
    assert escalation is not None
    groups = [group for group in escalation.groups if not group.spare]
    if not groups:
        message = f"{protocol.id} names no dose group that is not spare"
        _stop_with("no-dose-groups", message, "write `dose_groups:`, the lowest dose first")
    empty = [group.id for group in groups if not sizes(escalation.rows(group.id))]
    if empty:
        message = f"the decision table of {protocol.id} says nothing of {', '.join(empty)}: nobody knows when it ends"
        _stop_with("no-decisions", message, "write `decisions:`, as `none-of-3: {of: 3, dlts: 0, then: escalate}`")


def _stop_with(code: str, message: str, hint: str) -> NoReturn:
    tell_problems([Problem("error", code, message, hint)])
    stop(1)


def write_simulation(case: Asked, given: Given, jobs: int | None, form: str | None, output: Path | None) -> None:
    """Simulate, and write what came of it."""
    form = _form(form, output)
    if output is not None:
        check_output(output)
    _check_starts(case, given)
    found = simulation(case.protocol, case.site, given, jobs or os.cpu_count() or 1)
    for remark in [*case.told, *_remarks(found), f"source: {case.protocol.source}"]:
        tell(remark)
    write_result(_written(found, form), output)
    if output is not None:
        tell(f"written: {printable(str(output))}")


def simulation(protocol: Protocol, site: Site, given: Given, jobs: int) -> Simulation:
    """Make all runs, and sum them up."""
    simulator = Simulator(protocol, site, given)
    pieces = _pieces(simulator, protocol, site, given, jobs)
    each = with_progress(chain.from_iterable(pieces), given.runs, f"simulating {protocol.id}")
    return summed(protocol, site, given, each, date.fromordinal(simulator.until))


def _pieces(simulator: Simulator, protocol: Protocol, site: Site, given: Given, jobs: int) -> Iterator[list[Run]]:
    """Give the runs in their order, a piece at a time."""
    jobs = min(jobs, os.cpu_count() or 1, -(-given.runs // _WORTHWHILE))
    spans = [(first, min(first + _A_PIECE, given.runs)) for first in range(0, given.runs, _A_PIECE)]
    if jobs > 1:
        try:
            return in_processes(protocol, site, given, spans, jobs)
        except (ImportError, NotImplementedError, OSError):  # a system that lets nobody share work
            tell("note: no processes can be started here; one does it all")
    return (runs_of(simulator, *span) for span in spans)


def runs_of(simulator: Simulator, first: int, last: int) -> list[Run]:
    """Give the runs from number `first` up to, and without, `last`."""
    return [simulator.run(_draw(simulator.given.seed, number)) for number in range(first, last)]


def _draw(seed: int, number: int) -> Draw:
    from random import Random

    return Random(f"{seed}/{number}").random  # a text is hashed: neighbours have nothing in common


# --- several processes ----------------------------------------------------------------------------------------------

_OWN: list[Simulator] = []  # of a process that was started to simulate


def in_processes(
    protocol: Protocol, site: Site, given: Given, spans: Sequence[tuple[int, int]], jobs: int
) -> Iterator[list[Run]]:
    """Give the runs of each span, in order, made in several processes."""
    from concurrent.futures import ProcessPoolExecutor

    pool = ProcessPoolExecutor(jobs, initializer=_begin, initargs=(protocol, site, given))
    return _from_pool(pool, pool.map(_own_runs, spans))


def _from_pool(pool: ProcessPoolExecutor, pieces: Iterator[list[Run]]) -> Iterator[list[Run]]:
    from concurrent.futures.process import BrokenProcessPool

    try:
        yield from pieces
    except BrokenProcessPool:
        tell("error: a process that simulated was ended from outside; nothing was written (--jobs 1 needs none)")
        stop(1)
    finally:  # also where the user stops it: what has not begun never does
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(protocol: Protocol, site: Site, given: Given) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process ends it
    _OWN[:] = [Simulator(protocol, site, given)]


def _own_runs(span: tuple[int, int]) -> list[Run]:
    return runs_of(_OWN[0], *span)


# --- what is told ---------------------------------------------------------------------------------------------------


def _check_starts(case: Asked, given: Given) -> None:
    """End the command where no subject can start, or nobody knows when the DLT observation ends."""
    from trialcal.admitting import first_admissible
    from trialcal.start_days import MOST_DAYS, StartDays
    from trialcal.subject import Subject

    escalation = case.protocol.escalation
    assert escalation is not None
    first = given.first.toordinal()
    try:
        found = StartDays(case.protocol, case.site).first(first, first)
    except NoEnd:
        message = f"the period {escalation.dlt_period} has no last day that a calendar knows"
        hint = f"write it as `until: N d after {escalation.first_dose}`, in `periods` of a file that extends this one"
        _stop_with("no-dlt-end", message, hint)
    if found is None:
        admitted = first_admissible(case.protocol, Subject(), case.site, {escalation.commits: given.first})
        message = f"no start date in {MOST_DAYS} days from {given.first} on lets everything hold"
        _stop_with("no-start", message, admitted.reason.partition("; ")[2] or "see `trialcal starts`")


def _remarks(found: Simulation) -> Iterator[str]:
    """Give what should be known besides the result."""
    public = found.site.public
    last = found.latest
    if public is not None and public.last_year is not None and last is not None and last.year > public.last_year:
        yield f"warning: public holidays are known up to {public.last_year}; later ones are taken as open days"
    unfinished = sum(each.share.runs for each in found.endings if each.ending == "unfinished")
    if unfinished:
        told = f"{unfinished} of {found.given.runs} runs had not ended after {MOST_YEARS} years"
        yield f"warning: {told}, on {found.until}, and were not followed further"


def _form(form: str | None, output: Path | None) -> str:
    """Give the form: as said, else by the output's suffix, else a table."""
    if output is not None and not output.name:
        tell("error: --output: no file name is given (as simulation.txt)")
        stop(2)
    if form is not None or output is None or is_device(output):
        return form or "table"
    found = {".txt": "table", ".json": "json"}.get(output.suffix.lower())
    if found is None:
        told = f"error: --output {printable(str(output))}: the suffix does not say the form"
        tell(f"{told} (use .txt or .json, or --format)")
        stop(2)
    return found


def _written(found: Simulation, form: str) -> bytes:
    if form == "json":
        from trialcal.writers.simulation_rows import simulation_json

        return simulation_json(found).encode()
    from trialcal.writers.simulation_table import simulation_text

    return simulation_text(found, width=width(), colour=has_colour()).encode()
