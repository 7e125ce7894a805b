"""What a protocol must say before a cohort can be planned or an escalation simulated, and what to write where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trialcal.cli.output import printable, stop, tell
from trialcal.cohort_plan import lacking
from trialcal.protocol import Protocol

_WORDS = {
    "escalation": "what binds its subjects to each other",
    "escalation.dlt_period": "no DLT period",
    "escalation.complete": "no day from which on its observation is complete",
}


def stop_where_lacking(protocol: Protocol, named: str, *, decisions: bool) -> None:
    """End the command with 1 where the protocol lacks what binds its subjects, with a file to be filled in.

    `named` says how a file over the protocol is named to the command, `decisions` whether it needs a decision table.
    """
    if lacking(protocol.escalation):
        for line in _told(protocol, named, decisions):
            tell(line)
        stop(1)


def _told(protocol: Protocol, named: str, decisions: bool) -> Iterator[str]:
    escalation, lacks = protocol.escalation, lacking(protocol.escalation)
    message = "does not say" if escalation is None else "states"
    yield f"error: {protocol.id} {message} {' and '.join(_WORDS[key] for key in lacks)}:"
    keys = " and ".join(f"`{key}`" for key in lacks)
    if protocol.file and (Path.cwd() / protocol.file).is_file():
        yield f"write {keys} into {printable(protocol.file)}; replace what stands in capitals:"
        yield ""
    else:
        yield f"write {keys} into a file of your own,"
        yield f"and name that file {named};"
        yield "replace what stands in capitals:"
        yield ""
        yield f"extends: {protocol.id}"
        yield f"id: {protocol.id}-site"
    first = escalation.first_dose if escalation is not None else "FIRST_DOSE"
    if lacks[0] != "escalation.complete" and not any(period.id == "dlt" for period in protocol.periods):
        yield from ("periods:", "  dlt:", "    name: DLT observation", f"    from: {first}")
        yield f"    until: N d after {first}"
    yield "escalation:"
    if escalation is None:
        yield "  commits: VISIT            # the first step that commits a subject to the dose"
        yield "  first_dose: FIRST_DOSE    # the first dose of the investigational product"
    if lacks[0] != "escalation.complete":
        yield "  dlt_period: dlt"
    if escalation is None or "escalation.complete" in lacks:
        yield "  complete: the day after   # or: on the last day"
    if escalation is None:
        yield "dose_groups:"
        yield "  dl-1: {name: DOSE, subjects: NUMBER}"
        if decisions:
            yield "decisions:"
            yield "  none-of-3: {of: 3, dlts: 0, then: escalate}"
