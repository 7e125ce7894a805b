"""What is assumed, numbered: each reason is told once, and a mark such as [3] stands wherever it counts.

A room of its own because the plan and the protocol's outline mark what is assumed in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, get_args

from rich.text import Text

from trialcal.protocol import Protocol, Texts
from trialcal.writers.page import GLUE, hanging, ink
from trialcal.writers.phrasing import rule_told

Section = Literal["visits", "rules", "periods", "lookbacks", "epochs", "cycles", "others", "across"]
SECTIONS: tuple[Section, ...] = get_args(Section)

# What the keys of the language are called here; a key that is not named keeps its name.
_FIELDS = {
    "at": "timing",
    "until": "end",
    "from": "start",
    "lasts": "length",
    "none_within": "time",
    "discontinued_for": "time",
    "stable_for": "time",
    "exposed_for": "time",
    "before": "counted back from",
    "at_least": "minimum",
    "at_most": "maximum",
    "study_day": "study days",
    "or_until": "open end",
    "whichever": "which end counts",
    "applies_to": "for whom",
    "if": "condition",
    "in": "which cycles",
    "by": "by what means",
    "may_coincide_with": "what may be on the same day",
    "waits_for": "what it waits for",
    "first": "first Day 1",
    "commits": "committing step",
    "first_dose": "first dose",
    "dlt_period": "DLT period",
    "complete": "when the observation is complete",
    "dlts": "number of DLTs",
    "meets": "meeting days",
    "released_by": "who releases",
    "mtd_needs": "what the candidate for the MTD needs",
}
_STYLE = "yellow"


class Reason(NamedTuple):
    """What is assumed, in words, and why."""

    field: str
    why: str


class Assumptions:
    """The assumed values of a protocol in the order of its entries: the number of each, and where it is told.

    The section `others` holds those of cycles, types, arms, cohorts, timepoints, and visits that are not planned;
    `across` those that are about several subjects together.
    """

    def __init__(self, protocol: Protocol) -> None:
        self.numbers: dict[Reason, int] = {}
        self.sections: dict[Section, list[Reason]] = {}
        self.rules: dict[Reason, list[str]] = {}
        for why in protocol.study_day_assumed.values():
            self._add("visits", {"study_day": why})
        for visit in protocol.visits:
            self._add("visits", visit.assumed)
        for rule in protocol.rules:
            self._add("rules", rule.assumed)
            for reason in _reasons(rule.assumed):
                self.rules.setdefault(reason, []).append(rule_told(rule))
        for period in protocol.periods:
            self._add("periods", period.assumed)
        for lookback in protocol.lookbacks:
            self._add("lookbacks", lookback.assumed)
        for epoch in protocol.epochs:
            self._add("epochs", epoch.assumed)
        present = {visit.repeats for visit in protocol.visits}
        for cycles in protocol.cycles:
            if cycles.id in present:
                self._add("cycles", cycles.assumed)
        # Last, so that a page without these leaves no numbers out.
        planned = protocol.written.visits if protocol.written else ()
        others: list[Texts] = [each.assumed for each in protocol.cycles]
        others += [each.assumed for each in protocol.types.values()]
        others += [each.assumed for each in (*protocol.arms, *protocol.cohorts)]
        others += [each.assumed for each in planned]
        others += [each.assumed for each in protocol.timepoints]
        for assumed in others:
            self._add("others", assumed)
        for assumed in _across(protocol):
            self._add("across", assumed)

    def _add(self, section: Section, assumed: Texts) -> None:
        for reason in _reasons(assumed):
            if reason not in self.numbers:
                self.numbers[reason] = len(self.numbers) + 1
                self.sections.setdefault(section, []).append(reason)

    def marks(self, assumed: Mapping[str, str], fields: Iterable[str] | None = None) -> Text:
        """Give the marks of some fields, or of all, each behind a space; nothing where none is assumed."""
        chosen = assumed if fields is None else {field: assumed[field] for field in fields if field in assumed}
        found = sorted({self.numbers[reason] for reason in _reasons(chosen) if reason in self.numbers})
        return ink(*((f"{GLUE}[{number}]", _STYLE) for number in found))

    def study_day_marks(self, protocol: Protocol) -> Text:
        """Give the marks of the study days' numbering."""
        return ink(*(self.marks({"study_day": why}) for why in protocol.study_day_assumed.values()))

    def listed(self, sections: Iterable[Section], width: int) -> Iterator[Text]:
        """Explain the marks whose reasons belong to some sections, in the order of their numbers."""
        reasons = [reason for section in sections for reason in self.sections.get(section, ())]
        for reason in reasons:
            rules = f" (rule: {'; '.join(self.rules[reason])})" if reason in self.rules else ""
            field = "gap" if rules and reason.field == _FIELDS["at"] else reason.field
            text = ink((f"{field}: ", "dim"), reason.why, (rules, "dim"))
            yield from hanging(ink((f"[{self.numbers[reason]}] ", _STYLE)), text, width, 5)


def _across(protocol: Protocol) -> Iterator[Texts]:
    escalation = protocol.escalation
    if escalation is None:
        return
    yield escalation.assumed
    yield from (of_entry(what, entry.assumed) for what, entry in escalation.entries())


def of_entry(what: str, texts: Texts) -> dict[str, str]:
    """Let a text about a whole entry, which the file gives without a key, speak of the entry by what it is."""
    return {what if key == "at" else key: text for key, text in texts.items()}


def field_told(field: str) -> str:
    """Say of which value a source or an assumption speaks: `timing` for the key `at`."""
    return _FIELDS.get(field, field)


def _reasons(assumed: Mapping[str, str]) -> Iterator[Reason]:
    return (Reason(field_told(field), why) for field, why in assumed.items())
