"""The dose groups of a protocol file: staggering, reviews, gates, the decision table, and whether they fit together.

A room of its own because all of this binds subjects to each other, while the rest of the file is about one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

from trialcal.days import count_of
from trialcal.escalation import (
    Decision,
    DoseGroup,
    Escalation,
    Flaw,
    Gate,
    Opens,
    Positions,
    Review,
    Stagger,
    Step,
    flaws_of,
)
from trialcal.files.entries import Fields, read_entries, read_fields, shown, spoken
from trialcal.files.tree import Table
from trialcal.problems import Report
from trialcal.protocol import Period
from trialcal.timing import Offset, OnDay

OTHERS = ("dose_groups", "staggers", "reviews", "gates", "decisions")
OBSERVATION = "observation"
MOST_ROWS = 500
_MOST_TOLD = 20  # holes of one table
_OPENS: dict[str, Opens] = {"the day after": "the-day-after", "on the last day": "on-the-last-day"}


def read_escalation(head: Fields, periods: Iterable[Period], report: Report) -> Escalation | None:
    """Read what a protocol says of its subjects together; None where it says nothing, or not what commits them."""
    stray = next((key for key in OTHERS if head.has(key)), None)
    if head.get("escalation") is None:
        if stray is not None:
            hint = "add `escalation: {commits: VISIT, first_dose: VISIT}`: what gates hold back, and the first dose"
            report.error(head.keys[stray], "no-escalation", f"`{stray}` stands without `escalation`", hint)
        return None
    fields = read_fields(
        "escalation", head.get("escalation"), report, what="`escalation`", place=head.keys["escalation"]
    )
    groups = tuple(_groups(head, report))
    reviews = tuple(_reviews(head, groups, report))
    decisions = tuple(_decisions(head, groups, report))
    gates = tuple(_gates(head, groups, reviews, report))
    staggers = tuple(_staggers(head, groups, report))
    _check_table(head, groups, decisions, report)
    period, complete = fields.get("dlt_period", ""), _OPENS.get(fields.get("complete", ""))
    _check_period(fields, list(periods), report)
    commits, first_dose = fields.get("commits"), fields.get("first_dose")
    if commits is None or first_dose is None:
        return None
    return Escalation(
        commits="",
        first_dose="",
        dlt_period=period,
        complete=complete,
        design=fields.get("design", ""),
        subjects=fields.get("subjects"),
        mtd_needs=fields.get("mtd_needs", 0),
        groups=groups,
        staggers=staggers,
        reviews=reviews,
        gates=gates,
        decisions=decisions,
        notes=fields.get("notes", ""),
        source=fields.get("source", {}),
        assumed=fields.get("assumed", {}),
        place=fields.place,
        references=(commits, first_dose),
    )


def _check_period(fields: Fields, periods: Sequence[Period], report: Report) -> None:
    period, known = fields.get("dlt_period"), [each.id for each in periods]
    if any(each.id == period and _runs_backwards(each) for each in periods):
        message = f"the period '{period}' ends before it begins: no DLT could be in it"
        report.error(fields.at("dlt_period"), "backwards-dlt-period", message, "correct its `from` or `until`")
    if period is not None and period not in known:
        hint = report.nearest(period, known) if known else "add it to `periods`"
        message = f"there is no period '{shown(period)}'"
        report.error(fields.at("dlt_period"), "unknown-period", message, hint)
    if period is not None and not fields.has("complete"):
        message = "an escalation with a DLT period lacks `complete`"
        hint = "write `complete: the day after` (once its last day is over) or `complete: on the last day`"
        report.error(fields.place, "no-complete", message, hint)


def _runs_backwards(period: Period) -> bool:
    """Tell whether a period ends before it begins, as far as both are counted from the same visit."""
    first, last = period.start, period.until
    if isinstance(first, OnDay) and isinstance(last, OnDay):
        return last.number < first.number
    if not isinstance(first, Offset) or not isinstance(last, Offset) or first.reference != last.reference:
        return False
    if "hours" in (first.amount.unit, last.amount.unit) or "minutes" in (first.amount.unit, last.amount.unit):
        return False
    some_day = date(2027, 3, 1).toordinal()
    start, end = (count_of(each.amount, each.sign).apply(some_day) for each in (first, last))
    return end < start


# --- the entries ----------------------------------------------------------------------------------------------------


def _groups(head: Fields, report: Report) -> Iterator[DoseGroup]:
    for name, place, fields in read_entries(head, "dose_groups", "dose_group", report, what="a dose group"):
        yield DoseGroup(
            name,
            fields.get("name", spoken(name)),
            fields.get("subjects"),
            fields.get("spare", False),
            fields.get("notes", ""),
            fields.get("source", {}),
            fields.get("assumed", {}),
            place,
        )


def _group_of(fields: Fields, groups: Sequence[DoseGroup], report: Report) -> str:
    name: str = fields.get("group", "")
    known = [group.id for group in groups]
    if name and name not in known:
        hint = report.nearest(name, known) if known else "add it to `dose_groups`, or leave `group` out"
        report.error(fields.at("group"), "unknown-dose-group", f"there is no dose group '{shown(name)}'", hint)
        return ""
    return name


def _staggers(head: Fields, groups: Sequence[DoseGroup], report: Report) -> Iterator[Stagger]:
    for name, place, fields in read_entries(head, "staggers", "stagger", report, what="a stagger"):
        subject, after, least = fields.get("subject"), fields.get("after"), fields.get("at_least")
        group, opens = _group_of(fields, groups, report), _OPENS.get(fields.get("opens", ""))
        if subject is None or after is None or least is None or opens is None:
            continue
        if least.needs_clock:
            message, hint = f"a stagger is counted in days, not in {least}", "write it in days or weeks, as 14 d"
            report.error(fields.at("at_least"), "bad-duration", message, hint)
            continue
        position = 1 if after == "first" else 0 if after == "previous" else int(after)
        if subject.first <= max(position, 1):
            message = (
                f"subject {subject} cannot wait for {'the one before' if not position else f'subject {position}'}"
            )
            hint = "write a later position, as `subject: 2 and on`"
            report.error(fields.at("subject"), "bad-positions", message, hint)
            continue
        yield Stagger(
            name, subject, position, least, opens, group, fields.get("notes", ""),
            fields.get("source", {}), fields.get("assumed", {}), place,
        )  # fmt: skip


def _reviews(head: Fields, groups: Sequence[DoseGroup], report: Report) -> Iterator[Review]:
    for name, place, fields in read_entries(head, "reviews", "review", report, what="a review"):
        if name == OBSERVATION:
            message = f"`{OBSERVATION}` is what a gate waits for where it waits for no review"
            report.error(place, "bad-id", message, "choose another id")
            continue
        after, opens = fields.get("after"), _OPENS.get(fields.get("opens", ""))
        preparation = fields.get("preparation")
        group = _group_of(fields, groups, report)
        if preparation is not None and preparation.needs_clock:
            message = f"`preparation` is counted in days, not in {preparation}"
            report.error(fields.at("preparation"), "bad-duration", message, "write it in days or weeks, as 3 d")
            preparation = None
        if after is None or opens is None:
            continue
        yield Review(
            id=name,
            name=fields.get("name", spoken(name)),
            after=None if after == "all" else int(after),
            opens=opens,
            assesses=fields.get("assesses", ""),
            decides=fields.get("decides", ""),
            preparation=preparation,
            meets=fields.get("meets", ()),
            group=group,
            notes=fields.get("notes", ""),
            source=fields.get("source", {}),
            assumed=fields.get("assumed", {}),
            place=place,
        )


def _gates(head: Fields, groups: Sequence[DoseGroup], reviews: Sequence[Review], report: Report) -> Iterator[Gate]:
    for name, place, fields in read_entries(head, "gates", "gate", report, what="a gate"):
        subject, waits_for = fields.get("subject"), fields.get("waits_for")
        group = _group_of(fields, groups, report)
        known = [*_ids(head, "reviews"), OBSERVATION]
        if waits_for is not None and waits_for not in known:
            message = f"there is no review '{shown(waits_for)}'"
            report.error(fields.at("waits_for"), "unknown-review", message, report.nearest(waits_for, known))
            continue
        if fields.has("released_by") and fields.get("release") != "needed":
            message, hint = "`released_by` says who releases what needs no release", "add `release: needed`"
            report.error(fields.at("released_by"), "stray-key", message, hint)
        is_read = waits_for == OBSERVATION or any(review.id == waits_for for review in reviews)
        if subject is None or waits_for is None or not is_read:
            continue
        review = next((each for each in reviews if each.id == waits_for), None)
        stuck = _never_there(subject, group, review) if review is not None else None
        if review is not None and stuck is not None:
            told = f"review `{review.id}` is after {review.after} evaluable subjects of its dose group"
            message = f"subject {stuck} waits for what could never be: {told}"
            hint = f"write `subject: {(review.after or 0) + 1} and on`, or a review of the group below"
            report.error(fields.at("subject"), "gate-never-opens", message, hint)
        lowest = next((each.id for each in groups if not each.spare), "")
        if subject.has(1) and fields.get("release") == "needed" and not group and groups:
            message = f"nobody stands before the first subject of {lowest}, who needs no release by this gate"
            report.warning(fields.at("subject"), "first-not-gated", message, f"add `group: {lowest}` if it does")
        if subject.has(1) and group == lowest and group and review is not None and not review.group:
            message = f"the first subject of {lowest} has no group below whose review it could wait for"
            hint = "write `subject: 2 and on`, or a review of another group"
            report.error(fields.at("subject"), "gate-never-opens", message, hint)
        most = [each.subjects.most for each in groups if each.subjects is not None and group in ("", each.id)]
        if most and None not in most and subject.first > max(filter(None, most)):
            message = f"no dose group has a position {subject.first}: the largest has {max(filter(None, most))}"
            report.warning(fields.at("subject"), "no-position", message, "correct the position, or the groups")
        yield Gate(
            id=name,
            name=fields.get("name", spoken(name)),
            subject=subject,
            review="" if waits_for == OBSERVATION else waits_for,
            release=fields.get("release") == "needed",
            released_by=fields.get("released_by", ""),
            opens=_OPENS[fields.get("opens", "the day after")],
            group=group,
            notes=fields.get("notes", ""),
            source=fields.get("source", {}),
            assumed=fields.get("assumed", {}),
            place=place,
        )


def _never_there(subject: Positions, group: str, review: Review) -> int | None:
    """Give the first position that would wait for a review of subjects after it; None where there is none."""
    is_of_own_group = not review.group or group in ("", review.group)
    if review.after is None or not is_of_own_group:
        return None
    first = max(subject.first, 1 if review.group and group else 2)  # else the first waits for the group below
    return first if subject.has(first) and first <= review.after else None


def _decisions(head: Fields, groups: Sequence[DoseGroup], report: Report) -> Iterator[Decision]:
    rows = read_entries(head, "decisions", "decision", report, what="a row of the decision table")
    for number, (name, place, fields) in enumerate(rows, 1):
        if number > MOST_ROWS:
            message = f"the decision table has more than {MOST_ROWS} rows"
            report.error(place, "too-many", message, "write ranges, as `dlts: 2 or more`")
            return
        of, dlts, then = fields.get("of"), fields.get("dlts"), fields.get("then")
        group = _group_of(fields, groups, report)
        if of is None or dlts is None or then is None:
            continue
        size = None if of == "any" else int(of)
        if size is not None and dlts.least > size:
            message = f"{dlts} DLTs cannot be among {size} subjects"
            report.error(fields.at("dlts"), "bad-counts", message, f"write at most {size}")
            continue
        if size is None and then.then == "add":
            message = "`of: any` counts at any number of subjects, and adds none"
            report.error(fields.at("then"), "bad-then", message, "write `of: 3`, or `then: discuss` or `stop`")
            continue
        yield Decision(
            name, size, dlts, then.then, then.subjects, group, fields.get("by", ""), fields.get("notes", ""),
            fields.get("source", {}), fields.get("assumed", {}), place,
        )  # fmt: skip


def _ids(head: Fields, key: str) -> list[str]:
    """Give the ids of all entries, also of those that could not be read."""
    node = head.get(key)
    return [name.value for name, _ in node.entries] if isinstance(node, Table) else []


# --- the table as a whole -------------------------------------------------------------------------------------------


def _check_table(head: Fields, groups: Sequence[DoseGroup], decisions: Sequence[Decision], report: Report) -> None:
    """Report holes and contradictions of the table, for every group that it leads to; each once."""
    if not decisions or len(decisions) < len(_ids(head, "decisions")):
        return  # what is wrong with single rows comes first
    told: set[tuple[object, ...]] = set()
    holes: list[tuple[Step, str]] = []
    names = [group.id for group in groups if not group.spare] or [""]
    for name in names:
        rows = tuple(row for row in decisions if row.group in ("", name))
        within = f" in {name}" if len(names) > 1 and any(row.group for row in decisions) else ""
        for flaw in islice(flaws_of(rows), _MOST_TOLD):
            key = (flaw.step, tuple(row.id for row in flaw.rows))
            if key in told:
                continue
            told.add(key)
            if flaw.rows:
                _report_contradiction(flaw, within, report)
            else:
                holes.append((flaw.step, within))
    if holes:
        message = "the decision table says nothing for " + ", nor for ".join(_counted(*hole) for hole in holes)
        step = holes[0][0]
        hint = f"add {'rows' if len(holes) > 1 else 'a row'}, as `{{of: {step.of}, dlts: {step.dlts}, then: ...}}`"
        report.error(head.keys["decisions"], "table-hole", message, hint)


def _counted(step: Step, within: str) -> str:
    return f"{step.dlts} DLT{'s' if step.dlts != 1 else ''} of {step.of} evaluable subjects{within}"


def _report_contradiction(flaw: Flaw, within: str, report: Report) -> None:
    number = _counted(flaw.step, within)
    first, other = flaw.rows[0], next(row for row in flaw.rows if _said(row) != _said(flaw.rows[0]))
    line = str(first.place.line)
    where = line if first.place.file == other.place.file else f"{line} of {first.place.file}"
    message = f"for {number}, `{first.id}` says {_said(first)} (line {where}), and this {_said(other)}"
    report.error(other.place, "table-contradiction", message, "let one of the two rows count")


def _said(row: Decision) -> str:
    return f"add {row.subjects}" if row.then == "add" else row.then
