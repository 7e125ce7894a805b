"""An agenda as CSV and as JSON: a row for each thing to do or to know.

A room of its own, beside `rows`, because its rows are of several subjects and kinds; the values are written as there.
"""

from __future__ import annotations

import json

from trialcal.agenda import Agenda, Item
from trialcal.writers.rows import Plain, cell, plain

SCHEMA = "trialcal.agenda/1"
FIELDS = Item._fields


def agenda_csv(agenda: Agenda) -> str:
    """Give the rows as CSV (RFC 4180), with the names of their fields as header. `assumed` is `true` or `false`."""
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    for item in agenda.items:
        writer.writerow([cell(value) for value in (_row(item) | {"assumed": str(item.assumed).lower()}).values()])
    return out.getvalue()


def agenda_json(agenda: Agenda) -> str:
    """Give the agenda as JSON (schema "trialcal.agenda/1"); absent is null."""
    document = {
        "schema": SCHEMA,
        "today": plain(agenda.today),
        "from": plain(agenda.first),
        "to": plain(agenda.last),
        "soon": plain(agenda.soon),
        "subjects": agenda.subjects,
        "rows": [_row(item) for item in agenda.items],
        "sources": list(agenda.sources),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _row(item: Item) -> dict[str, Plain]:
    return {field: plain(value) for field, value in item._asdict().items()}
