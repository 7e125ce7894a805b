"""A cohort as JSON and as CSV: the two forms that programs and spreadsheets read.

A room of its own beside `rows`, whose rules for absent values and formulas hold here too, because its rows are about
several subjects. What nobody has assessed is `not-assessed`, never 0.
"""

from __future__ import annotations

import json

from trialcal.cohort import CohortFinding, CohortPlan, GateRow, GroupRow, Outcome, ReviewRow, Row, Wait
from trialcal.problems import Problem
from trialcal.writers.cohort_words import of_protocol
from trialcal.writers.rows import Plain, cell, plain, protocol_row

SCHEMA = "trialcal.cohort/1"
FIELDS = tuple(field for field in Row._fields if field not in ("waits", "schedule", "own"))


def cohort_json(found: CohortPlan) -> str:
    """Give a cohort as JSON (schema "trialcal.cohort/1"), indented, ending with a line break.

    The subject, or the place that the next one would have (`subject` is then null), has its chain in `waits`.
    `assumed` are what the dates to come rest on, `protocol_assumed` what the protocol's file only assumes.
    """
    document = {
        "schema": SCHEMA,
        "today": found.today.isoformat(),
        "protocol": protocol_row(found.cohort.protocol),
        "cohort": plain(found.cohort.name),
        "site": plain(found.cohort.site.name),
        "subjects": [_subject(row) for row in found.rows],
        "groups": [_group(row) for row in found.groups],
        "reviews": [_review(row) for row in found.reviews],
        "next_gate": None if found.next_gate is None else _gate(found.next_gate),
        "findings": [_finding(each) for each in found.findings],
        "problems": [_problem(each) for each in found.problems],
        "assumed": list(found.assumed),
        "protocol_assumed": [
            {"entry": each.entry, "field": plain(each.field), "why": each.why}
            for each in of_protocol(found.cohort.protocol)
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def cohort_csv(found: CohortPlan) -> str:
    """Give the subjects as CSV (RFC 4180), with the names of their fields as header; lines end with CRLF."""
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    for row in found.rows:
        writer.writerow([_cell(plain(getattr(row, field))) for field in FIELDS])
    return out.getvalue()


def _cell(value: Plain) -> str | int:
    return str(value).lower() if isinstance(value, bool) else cell(value)


def _subject(row: Row) -> dict[str, object]:
    fields = {field: plain(getattr(row, field)) for field in FIELDS if field != "assumed"}
    return {**fields, "waits": [_wait(wait) for wait in row.waits], "assumed": list(row.assumed)}


def _wait(wait: Wait) -> dict[str, Plain]:
    fields = wait._asdict()
    del fields["at_best"], fields["is_recorded"]  # what the dates and the words say
    return {field: plain(value) for field, value in fields.items()}


def _group(row: GroupRow) -> dict[str, object]:
    counts = {field: plain(getattr(row, field)) for field in row._fields if field != "outcomes"}
    return counts | {"of": row.of or None, "outcomes": [_outcome(each) for each in row.outcomes]}


def _outcome(outcome: Outcome) -> dict[str, Plain]:
    decision = outcome.decision
    return {
        "of": outcome.of,
        "dlts": outcome.dlts,
        "then": outcome.then,
        "told": plain(outcome.told),
        "decision": None if decision is None else decision.id,
        "is_now": outcome.is_now,
    }


def _review(row: ReviewRow) -> dict[str, object]:
    review = row.review
    return {
        "review": review.id,
        "name": plain(review.name),
        "group": plain(row.group),
        "of": [name or None for name in row.of],
        "assesses": plain(review.assesses),
        "decides": plain(review.decides),
        "earliest": plain(row.earliest),
        "held": plain(row.held),
        "told": plain(row.told),
        "waits": [_wait(wait) for wait in row.waits],
    }


def _gate(row: GateRow) -> dict[str, object]:
    return {
        "gates": [gate.id for gate in row.gates],
        "subject": plain(row.subject),
        "group": plain(row.group),
        "position": row.position,
        "opens": plain(row.opens),
        "told": plain(row.told),
        "waits": [_wait(wait) for wait in row.waits],
    }


def _finding(finding: CohortFinding) -> dict[str, Plain]:
    return {field: plain(value) for field, value in finding._asdict().items()}


def _problem(problem: Problem) -> dict[str, Plain]:
    return {
        "level": problem.level,
        "code": problem.code,
        "message": problem.message,
        "hint": plain(problem.hint),
    }
