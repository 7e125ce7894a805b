"""How far cycles and repeats are planned whose number stays open: up to an end that is known.

A room of its own because everyone who asks for the days of a subject, and not for the whole schedule, comes in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from trialcal.expanding import expanded
from trialcal.opening import weighted
from trialcal.problems import has_errors
from trialcal.protocol import Protocol
from trialcal.settle import Settled, settle
from trialcal.site import Site
from trialcal.subject import Subject

MOST_BY_ITSELF = 400  # cycles that are planned without being asked for, up to an end that is known


def settled_to_the_end(
    protocol: Protocol, subject: Subject, site: Site, *, for_verdict: bool = False
) -> tuple[Settled, frozenset[str]]:
    """Settle with so many cycles and repeats as an end that is known leaves; give those that are longer still."""
    protocol = weighted(protocol, site)
    settled = settle(protocol, subject, site, for_verdict=for_verdict)
    horizons: dict[str, int] = {}
    while True:
        short = _short(settled)
        more = {name: min(2 * count, MOST_BY_ITSELF) for name, count in short.items() if count < MOST_BY_ITSELF}
        if not more or more.items() <= horizons.items():
            break
        horizons |= more
        longer = weighted(_with_horizons(protocol, horizons), site)
        settled = settle(longer, subject, site, for_verdict=for_verdict)
    if not horizons:
        return settled, frozenset(short)
    repeated = protocol.repeated
    kept = {name: max(repeated[name].count, _last_turn(settled, name)) for name in horizons}
    return settle(weighted(_with_horizons(protocol, kept), site), subject, site), frozenset(short)


def _with_horizons(protocol: Protocol, horizons: Mapping[str, int]) -> Protocol:
    choices = replace(protocol.choices, horizons=tuple(sorted(horizons.items())))
    longer, problems = expanded(protocol, choices)
    return protocol if has_errors(problems) else longer


def _short(settled: Settled) -> dict[str, int]:
    """Give the cycles and repeats, with their number, whose end is known and may lie beyond the last planned one.

    Where none of them has a date, nobody knows how many there are, and more of them would have none either.
    """
    protocol = settled.model.protocol
    most = {cycles.id: cycles.most_count for cycles in protocol.cycles}
    found = {}
    for each in protocol.repeated.values():
        every = max((visit.turn for visit in protocol.visits if visit.repeats == each.id), default=0)
        is_dated = any(protocol.visits[i].repeats == each.id for i in settled.days)
        is_last = each.count == most.get(each.id)
        may_go_on = each.is_open and is_dated and not is_last
        if may_go_on and each.id in settled.ended and _last_turn(settled, each.id) == every:
            found[each.id] = each.count
    return found


def _last_turn(settled: Settled, group: str) -> int:
    """Give the last cycle, or visit of a repeat, of which anything is left; 0 where nothing is."""
    visits = settled.model.protocol.visits
    return max((v.turn for i, v in enumerate(visits) if v.repeats == group and i not in settled.gone), default=0)
