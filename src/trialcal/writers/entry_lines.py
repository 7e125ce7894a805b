"""What stands below an entry of the protocol: its facts, each behind its name, and its quotations.

A room of its own because all sections of the outline set their entries in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from trialcal.protocol import Texts
from trialcal.writers.assumptions import Assumptions, field_told
from trialcal.writers.page import hanging, ink

_INDENT = 10

Fact = tuple[str, str, str]  # the key of the file that it speaks of, or ""; its name; its words


def facts_of(facts: Iterable[Fact], assumed: Texts, assumptions: Assumptions, width: int) -> Iterator[Text]:
    """Tell facts that have words, with the marks of what is assumed; an assumption about anything else follows."""
    told = {"name"}  # its mark stands in the entry's first line
    for key, name, words in facts:
        if words:
            told.add(key)
            yield from fact_lines(name, ink(words, assumptions.marks(assumed, (key,))), width)
    for key in assumed:
        if key not in told:
            yield from fact_lines(field_told(key), ink("assumed", assumptions.marks(assumed, (key,))), width)


def fact_lines(name: str, words: Text, width: int) -> list[Text]:
    """Tell one fact behind its name."""
    return hanging(ink((f"  {name}: ", "dim")), words, width, _INDENT)


def source_lines(sources: Iterable[Texts], width: int) -> Iterator[Text]:
    """Quote every source once, with the value that it speaks of."""
    told: dict[tuple[str, str], None] = {}
    for source in sources:
        told.update(dict.fromkeys(source.items()))
    for field, quote in told:
        of = "" if field == "at" else f" of {field_told(field)}"
        yield from hanging(ink((f"  source{of}: ", "dim")), ink((f"“{quote}”", "italic")), width, _INDENT)
