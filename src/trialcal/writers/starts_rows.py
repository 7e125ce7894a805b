"""Verdicts on start dates as JSON and CSV: the two forms that programs and spreadsheets read.

A room of its own beside `rows`, whose rules for absent values and formulas hold here too, because a verdict is about
a start date and not about a visit. What is unknown of an impossible date, such as its moves, is absent and not 0.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from trialcal.site import WEEKDAYS
from trialcal.starts import VERDICTS, Moved, Start, Starts, best_first
from trialcal.writers.rows import Plain, cell, given_told, plain, protocol_row

SCHEMA = "trialcal.starts/1"
CSV_FIELDS = ("start", "weekday", "verdict", "moved", "days_moved", "cost", "moves", "reason")


def shown(starts: Starts, best: int | None) -> Sequence[Start]:
    """Give all starts in the order of their dates, or so many of those that work, the best first."""
    if best is None:
        return starts.starts
    return [start for start in best_first(starts.starts) if start.verdict != "impossible"][:best]


# --- JSON -------------------------------------------------------------------------------------------------------


def starts_json(starts: Starts, best: int | None = None) -> str:
    """Give verdicts as JSON (schema "trialcal.starts/1"), indented, ending with a line break.

    `counts` are of all dates that were looked at, also where only the `best` are among `starts`. `weekdays` are those
    that were looked at, all seven where none was asked for.
    """
    document = {
        "schema": SCHEMA,
        "protocol": protocol_row(starts.protocol),
        "subject": plain(starts.subject.id),
        "site": plain(starts.site.name),
        "visit": starts.visit,
        "from": starts.first.isoformat(),
        "to": starts.last.isoformat(),
        "weekdays": [WEEKDAYS[n] for n in sorted(starts.weekdays) or range(7)],
        "best": best,
        "given": {visit: given_told(dated) for visit, dated in starts.subject.given.items()},
        "counts": {verdict: starts.count(verdict) for verdict in VERDICTS},
        "starts": [_start_row(start) for start in shown(starts, best)],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _start_row(start: Start) -> dict[str, object]:
    return {
        "start": start.day.isoformat(),
        "weekday": WEEKDAYS[start.day.weekday()],
        "verdict": start.verdict,
        **_cost_row(start),
        "moves": [_move_row(move) for move in start.moved],
        "reason": plain(start.reason),
        "visits": list(start.visits),
    }


def _cost_row(start: Start) -> dict[str, Plain]:
    if start.verdict == "impossible":
        return {"moved": None, "days_moved": None, "cost": None}
    return {"moved": len(start.moved), "days_moved": start.days_moved, "cost": start.cost}


def _move_row(move: Moved) -> dict[str, Plain]:
    return {"visit": move.visit, "target": plain(move.target), "planned": plain(move.planned), "days": move.days}


# --- CSV --------------------------------------------------------------------------------------------------------


def starts_csv(starts: Starts, best: int | None = None) -> str:
    """Give verdicts as CSV (RFC 4180): a header, then a row per date; lines end with CRLF.

    `moves` are visits with their target and the date on which they are planned instead, as
    `dose-3 2025-03-08 > 2025-03-07`, joined with "; ".
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(CSV_FIELDS)
    for start in shown(starts, best):
        moves = [f"{move.visit} {move.target} > {move.planned}" for move in start.moved]
        day: list[Plain] = [start.day.isoformat(), WEEKDAYS[start.day.weekday()], start.verdict]
        writer.writerow(map(cell, [*day, *_cost_row(start).values(), moves, plain(start.reason)]))
    return out.getvalue()
