"""Findings as CSV and JSON: the two forms that programs and spreadsheets read.

A room of its own beside `rows`, whose rules for absent values and formulas hold here too, because findings may come
from tables with millions of rows: both forms are given in pieces. `tally` is counted while the rows are made, and
is read after the last of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from trialcal.findings import KINDS, Finding, Reason, Tally
from trialcal.protocol import Protocol
from trialcal.writers.rows import Plain, cell, plain, protocol_row

SCHEMA = "trialcal.findings/1"
_AT_ONCE = 1_000  # rows


def findings_csv(rows: Iterable[Finding]) -> Iterator[bytes]:
    """Give rows as CSV (RFC 4180): a header, then a row each; lines end with CRLF. `assumed` is `true` or `false`."""
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(Finding._fields)
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(value) for value in row])
        if not number % _AT_ONCE:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _cell(value: object) -> str | int:
    if isinstance(value, bool):
        return "true" if value else "false"
    return cell(plain(value))


def findings_json(
    rows: Iterable[Finding],
    tally: Tally,
    protocols: Sequence[Protocol],
    today: date,
    soon: int | None,
    table: Mapping[str, int] | None = None,
) -> Iterator[bytes]:
    """Give rows as JSON (schema "trialcal.findings/1"), ending with a line break.

    `findings` has the findings, `others` what is in order or was not judged, where that was asked for. `counts` has
    `by_kind`, how many of them are `assumed`, `by_visit` and `by_subject` with the share of the visits that were
    judged; `not_findings` counts what was not judged, by reason. `rows` are those of a `table`.
    """
    others: list[bytes] = []
    yield f'{{\n  "schema": "{SCHEMA}",\n  "today": "{today}",\n  "soon": {json.dumps(soon)},\n'.encode()
    yield b'  "findings": ['
    comma = b"\n    "
    for row in rows:
        data = _json({field: plain(value) for field, value in zip(Finding._fields, row, strict=True)})
        if row.is_finding:
            yield comma + data
            comma = b",\n    "
        else:
            others.append(data)
    yield b"]" if comma == b"\n    " else b"\n  ]"
    if others:
        yield b',\n  "others": [\n    ' + b",\n    ".join(others) + b"\n  ]"
    used = ",\n    ".join(_json(protocol_row(protocol)).decode() for protocol in protocols)
    yield f',\n  "protocols": [\n    {used}\n  ]'.encode() if used else b',\n  "protocols": []'
    counts = _counts(tally)
    if table is not None:
        counts["rows"] = dict(table)
    yield b',\n  "counts": {'
    yield b",".join(_entry(key, value) for key, value in counts.items())
    yield b"\n  }\n}\n"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _entry(key: str, value: object) -> bytes:
    """Give an entry of the counts; each item of a list has a line of its own."""
    head = f'\n    "{key}": '.encode()
    if isinstance(value, list) and value:
        return head + b"[\n      " + b",\n      ".join(map(_json, value)) + b"\n    ]"
    return head + _json(value)


def _counts(tally: Tally) -> dict[str, object]:
    whole = tally.whole
    unjudged: tuple[Reason, ...] = ("no-window", "no-reference", "partial-date", "unclear")
    return {
        "findings": tally.findings,
        "by_kind": {kind: whole[kind] for kind in KINDS},
        "assumed": {kind: whole[f"{kind}-assumed"] for kind in KINDS if kind != "missed"},
        "judged": whole["judged"],
        "not_judged": sum(tally.reasons[reason] for reason in unjudged),
        "unscheduled": tally.reasons["unscheduled"],
        "not_findings": {reason: count for reason, count in sorted(tally.reasons.items()) if count},
        "by_visit": [_share("visit", key, counted) for key, counted in tally.visits.items()],
        "by_subject": [_share("subject", key, counted) for key, counted in tally.subjects.items()],
    }


def _share(what: str, key: tuple[str, str], counted: Mapping[str, int]) -> dict[str, Plain | float]:
    judged = counted["judged"]
    return {
        "protocol": key[0],
        what: key[1],
        "judged": judged,
        "rate": round(counted["out-of-window"] / judged, 4) if judged else None,
        "early": counted["early"],
        "late": counted["late"],
        **{kind: counted[kind] for kind in KINDS},
    }
