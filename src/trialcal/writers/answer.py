"""The answer of `why`: whether a visit can be on a date, the reasons step by step, and what would move.

A room of its own because it is read aloud to a colleague: one question, one answer, no table around it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from rich.text import Text

from trialcal.protocol import Protocol
from trialcal.why import Answer, Move
from trialcal.writers.dated import date_inked, sentence_inked
from trialcal.writers.page import hanging, ink, joined, printed
from trialcal.writers.rows import plain, protocol_row

SCHEMA = "trialcal.why/1"
_MOST_DATES = 10


def answer_text(answer: Answer, *, width: int, colour: bool) -> str:
    """Give an answer as text of at most `width` cells a line; without `colour` it has no escape codes."""
    return printed(list(_lines(answer, width)), colour=colour)


def _lines(answer: Answer, width: int) -> Iterator[Text]:
    verdict = ink(("yes", "bold green")) if answer.possible else ink(("no", "bold red"))
    yield ink((answer.visit, "bold"), " on ", date_inked(answer.day), ": ", verdict)
    yield Text()
    yield from hanging("", sentence_inked(_sentence(answer.says)), width, 0)
    for number, line in enumerate(answer.chain, 1):
        yield from hanging(f"{number:3}. ", sentence_inked(line), width, 5)
    if answer.moves:
        yield Text()
        for move in answer.moves:
            yield from hanging("  ", _move_told(move), width, 4)
    before, after = answer.cost
    if answer.possible and before != after:
        yield Text()
        by = f"{abs(after - before)} {'more' if after > before else 'less'}"
        told = f"Weighted distance from the targets: {after} d in total, {by} than in the plan."
        yield from hanging("", ink(told), width, 0)
    yield Text()
    yield from hanging("", _works(answer), width, 0)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _move_told(move: Move) -> Text:
    if move.after is None:
        return ink(move.visit, " would have no date")
    before = ink("gets ") if move.before is None else ink(date_inked(move.before), " -> ")
    off = f" ({abs(move.off_target)} d {'after' if move.off_target > 0 else 'before'} its target)"
    return ink(move.visit, ": ", before, date_inked(move.after), off if move.off_target else "")


def _works(answer: Answer) -> Text:
    if answer.is_given:
        return ink("Its date is ", date_inked(answer.planned or answer.day), ".")
    planned = ink("It has no date in the plan. ")
    if answer.planned is not None:
        planned = ink("The plan has it on ", date_inked(answer.planned), ". ")
    if answer.works is None:
        first = ink("; the first is ", date_inked(answer.first)) if answer.first is not None else ""
        return ink(planned, "The dates that work have no end", first, ".")
    if not answer.works:
        return ink(planned, "No date works.")
    shown = answer.works[:_MOST_DATES]
    more = f", ... ({len(answer.works)} dates, to {answer.works[-1]})" if len(answer.works) > len(shown) else ""
    what = "Only this date works: " if len(answer.works) == 1 else "Dates that work: "
    return ink(planned, what, joined([date_inked(day) for day in shown], ", "), more, ".")


def answer_json(protocol: Protocol, answer: Answer) -> str:
    """Give an answer as JSON (schema "trialcal.why/1"), indented, ending with a line break.

    `works` is null where the dates that work have no end.
    """
    document = {
        "schema": SCHEMA,
        "protocol": protocol_row(protocol),
        "visit": answer.visit,
        "date": answer.day.isoformat(),
        "possible": answer.possible,
        "planned": plain(answer.planned),
        "says": answer.says,
        "chain": list(answer.chain),
        "moves": [_move_row(move) for move in answer.moves],
        "cost": {"before": answer.cost[0], "after": answer.cost[1]},
        "works": None if answer.works is None else [day.isoformat() for day in answer.works],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _move_row(move: Move) -> dict[str, object]:
    before, after, target = (None if day is None else date.isoformat(day) for day in move[1:])
    return {"visit": move.visit, "before": before, "after": after, "target": target, "off_target": move.off_target}
