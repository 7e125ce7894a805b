"""The words that a cohort's table, bars and calendar share: who it is about, what holds a step back, what is assumed.

A room of its own so that the three say the same of the same subject, and none has to import another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from trialcal.cohort import CohortPlan, Row, State, Wait
from trialcal.escalation import ONE_GROUP
from trialcal.protocol import Protocol
from trialcal.telling import date_told
from trialcal.writers.assumptions import field_told

WHO_DECIDES = "trialcal says what the calendar rules allow; people assess toxicities and release doses."
NOBODY_YET = "the next subject"
DLT_WORDS = {"none": "none", "yes": "yes", "not-assessed": "not yet assessed"}
TO_COME: frozenset[State] = frozenset(("screening", "next", "no-place"))
_HOLDS: Mapping[str, str] = {
    "stagger": "the time since another first dose",
    "order": "the dose before it",
    "observation": "DLT observation",
    "assessment": "assessment of DLT",
    "review": "a review",
    "release": "a release decision",
    "decision": "a decision",
}


class Assumed(NamedTuple):
    """What is assumed: of which entry of the protocol's file, which of its values, and why.

    `field` is a key of the file, empty where the whole entry is. `of` is the id of a visit, a period, a review or a
    gate, by which an output finds what speaks of an entry.
    """

    entry: str
    field: str
    why: str
    of: str = ""

    @property
    def what(self) -> str:
        """Name the entry, with the value where only that is assumed: `review smc, opens`."""
        return f"{self.entry}, {field_told(self.field)}" if self.field else self.entry


def who(row: Row) -> str:
    """Say who a row is about: the subject, or, in short, whoever comes next."""
    return row.subject or "next"


def visit_name(protocol: Protocol, visit: str) -> str:
    """Give the short name of a visit; its id where the protocol does not name it."""
    found = protocol.by_id.get(visit)
    return (found.short or found.name) if found is not None else visit


def steps_of(protocol: Protocol) -> tuple[str, ...]:
    """Give the first step that commits a subject, and the first dose; one visit only where both are the same."""
    escalation = protocol.escalation
    return () if escalation is None else tuple(dict.fromkeys((escalation.commits, escalation.first_dose)))


def observation_name(protocol: Protocol) -> str:
    """Give the name of the period in which a toxicity counts as dose-limiting."""
    wanted = protocol.escalation.dlt_period if protocol.escalation is not None else ""
    return next((period.name for period in protocol.periods if period.id == wanted), "DLT observation")


def group_name(plan: CohortPlan, group: str) -> str:
    """Give the name of a dose group."""
    escalation = plan.cohort.protocol.escalation
    found = escalation.group(group) if escalation is not None else None
    return found.name if found is not None else group or ONE_GROUP.name


def place_told(plan: CohortPlan, group: str, position: int | None) -> str:
    """Say which place of which group it is: `place 4 in dose group 3 x 10^5/kg`."""
    if position is None:
        return "no place"
    name = group_name(plan, group)
    word = "" if "group" in name.casefold() else "dose group "
    return f"place {position}" + (f" in {word}{name}" if group else "")


def chain_of(waits: Sequence[Wait]) -> list[Wait]:
    """Give the links of a chain, each once: several rules may wait for the same thing."""
    return list({(wait.kind, wait.told, wait.since, wait.holds): wait for wait in waits}.values())


def holding_told(waits: Sequence[Wait]) -> str:
    """Say in a few words what still holds a step back; nothing where nothing does."""
    holding = [wait for wait in waits if wait.holds and not wait.is_recorded]  # what is recorded only needs its day
    chosen = [wait for wait in holding if wait.kind != "order"] or holding
    kinds = dict.fromkeys(_HOLDS.get(wait.kind, wait.kind) for wait in chosen)
    return f"waits for {', '.join(kinds)}" if kinds else ""


def is_open(gate: date, waits: Sequence[Wait], today: date) -> bool:
    """Tell whether a gate is open: its day has come, and nothing that the gate itself waits for is missing."""
    return gate <= today and not any(wait.holds for wait in waits if wait.kind not in ("stagger", "order"))


def gate_told(gate: date, waits: Sequence[Wait], today: date) -> str:
    """Say when a gate opens, or since when it is open: `opens on Thu 2025-05-08 at the earliest`."""
    told = date_told(gate)
    return f"is open since {told}" if is_open(gate, waits, today) else f"opens on {told} at the earliest"


def link_told(wait: Wait) -> str:
    """Tell a link with whether it still holds back: `...: still waits, open from Tue 2025-05-06 at the earliest`."""
    return f"{wait.told}: {', '.join(state_of(wait))}"


def state_of(wait: Wait) -> Iterator[str]:
    """Say whether a link still holds back, and from when on it does not, where a calendar can tell."""
    if not wait.holds:
        yield "open" if wait.since is None else f"open since {date_told(wait.since)}"
        return
    yield "still waits"
    if wait.since is not None:
        yield f"open from {date_told(wait.since)}"


def of_protocol(protocol: Protocol) -> Iterator[Assumed]:
    """Give what the protocol's file only assumes of its subjects together."""
    escalation = protocol.escalation
    if escalation is None:
        return
    for field, why in escalation.assumed.items():
        of = escalation.dlt_period if field in ("complete", "dlt_period") else ""
        yield Assumed("escalation", field, why, of)
    for what, entry in escalation.entries():
        for field, why in entry.assumed.items():
            yield Assumed(f"{what} {entry.id}", "" if field == "at" else field, why, entry.id)
    for period in protocol.periods:
        if period.id == escalation.dlt_period:
            for field, why in period.assumed.items():
                yield Assumed(period.name, field, why, period.id)
    for name in steps_of(protocol):
        visit = protocol.by_id.get(name)
        for field, why in visit.assumed.items() if visit is not None else ():
            yield Assumed(visit_name(protocol, name), field, why, name)


def of_dates(plan: CohortPlan) -> list[str]:
    """Give what the dates to come rest on, each once; the protocol's own assumptions are not among them."""
    stated = {each.why for each in of_protocol(plan.cohort.protocol)}
    texts = [*plan.assumed, *(text for row in plan.rows for text in row.assumed)]
    texts += [wait.assumed for row in plan.rows for wait in row.waits if wait.assumed]
    return [text for text in dict.fromkeys(texts) if not set(text.split("; ")) <= stated]
