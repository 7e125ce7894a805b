"""What people assessed of a subject: its dose group, dose-limiting toxicity, and whether it is evaluable.

A room of its own because nothing of it is a visit: these are judgements, each with its day and the role of who made
it. A blank is never "none": where nothing stands, nobody has assessed it yet.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from trialcal.files.entries import Fields, read_fields, shown
from trialcal.problems import Report, nearest
from trialcal.protocol import Protocol
from trialcal.subject import Dlt, NotEvaluable, Subject


def with_assessments(
    subject: Subject, head: Fields, protocol: Protocol, today: date | None, report: Report
) -> Subject:
    """Give a subject with what its file says of assessments; what cannot be is reported."""
    group = _group(head, protocol, report)
    dlt = _dlt(head, today, report)
    not_evaluable = _not_evaluable(head, today, report)
    if not group and dlt is None and not_evaluable is None:
        return subject
    return replace(subject, dose_group=group, dlt=dlt, not_evaluable=not_evaluable)


def _group(head: Fields, protocol: Protocol, report: Report) -> str:
    name: str = head.get("dose_group", "")
    known = [group.id for group in protocol.escalation.groups] if protocol.escalation is not None else []
    if name and name not in known:
        hint = nearest(name, known) if known else f"{protocol.id} states no dose groups: leave it out"
        message = f"there is no dose group '{shown(name)}' in {protocol.id}"
        report.error(head.at("dose_group"), "unknown-dose-group", message, hint)
        return ""
    return name


def _dlt(head: Fields, today: date | None, report: Report) -> Dlt | None:
    node = head.get("dlt")
    if node is None:
        return None
    fields = read_fields("dlt", node, report, what="`dlt`", place=head.keys["dlt"])
    outcome, onset, on, by = (fields.get(key) for key in ("outcome", "onset", "on", "by"))
    if outcome == "yes" and onset is None and not fields.has("onset"):
        hint = "add `onset: DATE`, the first day of the toxicity"
        report.error(fields.place, "no-onset", "a DLT has a day on which it began", hint)
        return None
    if outcome == "none" and fields.has("onset"):
        message, hint = "without a DLT there is no `onset`", "leave it out, or write `outcome: yes`"
        report.error(fields.at("onset"), "stray-onset", message, hint)
        return None
    if onset is not None and on is not None and on < onset:
        message = f"the DLT was assessed on {on}, before it began on {onset}"
        report.error(fields.at("on"), "impossible-order", message, "one of the two dates is wrong")
    if on is not None and not is_past(on, today, fields, report, "the assessment", "correct the date"):
        return None
    if outcome is None or on is None or by is None or fields.failed("onset"):
        return None
    return Dlt(outcome, onset, on, by)


def _not_evaluable(head: Fields, today: date | None, report: Report) -> NotEvaluable | None:
    node = head.get("not_evaluable")
    if node is None:
        return None
    fields = read_fields("not_evaluable", node, report, what="`not_evaluable`", place=head.keys["not_evaluable"])
    reason, on, by = (fields.get(key) for key in ("reason", "on", "by"))
    if on is not None and not is_past(on, today, fields, report, "the assessment", "correct the date"):
        return None
    return None if reason is None or on is None or by is None else NotEvaluable(reason, on, by)


def is_past(on: date, today: date | None, fields: Fields, report: Report, what: str, hint: str) -> bool:
    """Tell whether the day `on` of an entry has come; that `what` is said of a day to come is an error."""
    if today is None or on <= today:
        return True
    when, now = f"{on:%a} {on.isoformat()}", f"{today:%a} {today.isoformat()}"
    message = f"{what} is said to have been on {when}, and today is {now}"
    report.error(fields.at("on"), "in-the-future", message, hint)
    return False
