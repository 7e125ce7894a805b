"""Schedules as JSON and as CSV: the two forms that programs and spreadsheets read.

One room for both, since a visit's fields, their order and their plain values are one contract: `visit_row` makes
them for both. Absent is null in JSON and an empty cell in CSV; lists and maps that hold nothing are [] and {} in
JSON, and empty cells in CSV.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from trialcal.problems import Problem
from trialcal.protocol import Protocol
from trialcal.schedule import (
    TIMEPOINT_FIELDS,
    VISIT_FIELDS,
    Schedule,
    ScheduledLookback,
    ScheduledPeriod,
    ScheduledTimepoint,
    ScheduledVisit,
)
from trialcal.subject import Dated
from trialcal.writers.durations import durations_row

SCHEMA = "trialcal.schedule/1"
SCHEMA_OF_MANY = "trialcal.schedules/1"
CSV_FIELDS = ("subject", *VISIT_FIELDS)

Plain = str | int | bool | list[str] | dict[str, str] | None
# Spreadsheets take a cell that begins with one of these for a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_BARE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]*")  # a cell that CSV writes as it is


def visit_row(visit: ScheduledVisit) -> dict[str, Plain]:
    """Give a visit's fields as plain values, in the order of `VISIT_FIELDS`."""
    return {field: plain(value) for field, value in zip(VISIT_FIELDS, visit, strict=False)}


def plain(value: object) -> Plain:
    """Turn one value into what JSON knows: dates ISO 8601, clock times RFC 3339, absent None.

    >>> plain(date(2025, 3, 1)), plain(datetime(2025, 3, 1, 16, 30)), plain(""), plain(-3), plain(())
    ('2025-03-01', '2025-03-01T16:30:00', None, -3, [])

    Raises TypeError for anything that has no plain form.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str | int):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [str(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): str(text) for key, text in value.items()}
    raise TypeError(f"no plain form for {type(value).__name__}")


# --- JSON -------------------------------------------------------------------------------------------------------


def json_text(schedule: Schedule) -> str:
    """Give a schedule as JSON (schema "trialcal.schedule/1"), indented, ending with a line break.

    `given` holds a date, or the local date and time where a start time was given. `protocol.source` is one line
    of text; that a registry record is not the protocol is said with it. A visit has its fields, then
    `feasible_dates`, which CSV has no column for. `uncertain` is there where durations of a step were asked for.
    """
    return _json(_schedule_row(schedule))


def schedules_json(schedules: Iterable[Schedule]) -> str:
    """Give several schedules as one JSON document (schema "trialcal.schedules/1"), each as `json_text` gives it."""
    return _json({"schema": SCHEMA_OF_MANY, "schedules": [_schedule_row(schedule) for schedule in schedules]})


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _schedule_row(schedule: Schedule) -> dict[str, object]:
    document: dict[str, object] = {
        "schema": SCHEMA,
        "protocol": protocol_row(schedule.protocol),
        "subject": plain(schedule.subject.id),
        "site": plain(schedule.site.name),
        "given": {visit: given_told(dated) for visit, dated in schedule.subject.given.items()},
        "feasible": schedule.feasible,
        "visits": [visit_row(visit) | {"feasible_dates": _feasible(schedule, visit)} for visit in schedule.visits],
        "periods": [_period_row(period) for period in schedule.periods],
        "lookbacks": [_lookback_row(lookback) for lookback in schedule.lookbacks],
        "timepoints": [_timepoint_row(timepoint) for timepoint in schedule.timepoints],
        "problems": [_problem_row(problem) for problem in schedule.problems],
    }
    if schedule.uncertain is not None:
        document["uncertain"] = durations_row(schedule)
    return document


def protocol_row(protocol: Protocol) -> dict[str, Plain]:
    """Give what says which protocol it was, and from which file; a registry record is said to be none."""
    return {
        "id": protocol.id,
        "title": plain(protocol.title),
        "source": str(protocol.source),
        "file": plain(protocol.file),
        "sha256": plain(protocol.sha256),
    }


def _feasible(schedule: Schedule, visit: ScheduledVisit) -> Plain:
    """Give the dates that leave every other visit possible; null where they have no end, or nobody can say."""
    found = None if schedule.dates is None else schedule.dates.feasible(visit.id)
    return None if found is None else plain(found)


def given_told(dated: Dated) -> Plain:
    """Give a given date as a plain value, with its local time where one was given."""
    return plain(dated.start.replace(tzinfo=None) if dated.start is not None else dated.day)


def _period_row(period: ScheduledPeriod) -> dict[str, Plain]:
    return {field: plain(value) for field, value in period._asdict().items()}


def _lookback_row(lookback: ScheduledLookback) -> dict[str, Plain]:
    # "from" is no name that Python allows for a field
    return {"from" if field == "first" else field: plain(value) for field, value in lookback._asdict().items()}


def _timepoint_row(timepoint: ScheduledTimepoint) -> dict[str, Plain]:
    return {field: plain(value) for field, value in zip(TIMEPOINT_FIELDS, timepoint, strict=False)}


def _problem_row(problem: Problem) -> dict[str, Plain]:
    return {
        "level": problem.level,
        "code": problem.code,
        "message": problem.message,
        "visits": list(problem.visits),
        "chain": list(problem.chain),
        "ways": list(problem.ways),
    }


# --- CSV --------------------------------------------------------------------------------------------------------


def csv_text(schedules: Iterable[Schedule]) -> str:
    r"""Give the visits of schedules as CSV (RFC 4180): a header, then a row per visit, the subject first.

    Lines end with CRLF, as RFC 4180 says and Excel writes, so the text must be written as bytes or with
    `newline=""`. Lists are joined with "; ", maps are JSON text, absent values empty cells. A text cell that
    a spreadsheet would take for a formula gets a leading `'`; dates and numbers such as study day -3 do not.
    """
    pieces = [csv_head(), *(csv_rows(schedule.subject.id, visit_lines(schedule)) for schedule in schedules)]
    return b"".join(pieces).decode()


def csv_head() -> bytes:
    """Give the first line of CSV, with the names of the columns."""
    return _line(CSV_FIELDS) + b"\r\n"


def visit_lines(schedule: Schedule) -> tuple[bytes, ...]:
    """Give a schedule's rows of CSV without the subject's cell in front and without the line's end.

    Subjects with the same dates have the same ones: they are made once, and `csv_rows` puts a subject to them.
    """
    return tuple(_line([cell(value) for value in visit_row(visit).values()]) for visit in schedule.visits)


def csv_rows(subject: str, lines: Sequence[bytes]) -> bytes:
    """Put a subject's cell in front of its rows, and end each of them."""
    if not lines:
        return b""
    name = subject.encode() if _BARE.fullmatch(subject) else _line((cell(plain(subject)), ""))[:-1]
    front = name + b","
    return front + (b"\r\n" + front).join(lines) + b"\r\n"


def _line(cells: Sequence[str | int]) -> bytes:
    import csv
    import io

    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n").encode()


def cell(value: Plain) -> str | int:
    """Give a plain value as a cell of CSV, which no spreadsheet takes for a formula."""
    if value is None or isinstance(value, int):
        return "" if value is None else value
    if isinstance(value, list):
        value = "; ".join(value)
    elif isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
