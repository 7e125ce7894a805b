"""Arms, cohorts and cycles of a protocol file: what decides which visits a subject has, and how many.

A room of its own because the visits speak of all of them and must find them read.
"""

from __future__ import annotations

from trialcal.files.entries import Fields, read_entries, spoken
from trialcal.files.recurring import Length, Number
from trialcal.files.timings import Daily
from trialcal.files.tree import Table
from trialcal.files.visits import Numbering, Vocabulary, known_groups, report_stray
from trialcal.problems import Place, Report
from trialcal.protocol import Cycles, Group
from trialcal.timing import DayRange, Every

MOST_HORIZON = 1_000  # cycles


def read_groups(head: Fields, key: str, report: Report) -> tuple[Group, ...]:
    """Read the arms or the cohorts."""
    what = "an arm" if key == "arms" else "a cohort"
    return tuple(
        Group(name, fields.get("name", spoken(name)), fields.get("source", {}), fields.get("assumed", {}), place)
        for name, place, fields in read_entries(head, key, "group", report, what=what)
    )


def read_cycles(head: Fields, vocabulary: Vocabulary, numbering: Numbering, report: Report) -> list[Cycles | None]:
    """Read all groups of cycles; None for those whose length, beginning or rhythm is not understood."""
    prefixes: dict[str, str] = {}
    found: list[Cycles | None] = []
    for name, place, fields in read_entries(head, "cycles", "cycles", report, what="a group of cycles"):
        length: Length | None = fields.get("length")
        first = numbering.on_days(fields.get("first"), fields.at("first"), report)
        if isinstance(first, (DayRange, Daily, Every)):
            hint = "write a study day, an offset or `pending`"
            report.error(fields.at("first"), "bad-timing", "Day 1 of the first cycle is one day", hint)
            first = None
        count = _count(fields, report)
        rhythm = fields.get("rhythm")
        prefix = fields.get("prefix", "c")
        _check_prefix(name, prefix, prefixes, fields, place, report)
        if length is not None and length.most != length.least and rhythm == "fixed":
            message = "on a fixed rhythm every cycle is as long as the other"
            hint = "write one length, as `21 d`, or `rhythm: re-anchored`"
            report.error(fields.at("length"), "bad-length", message, hint)
        if length is None or first is None or rhythm is None:
            found.append(None)
            continue
        one = Cycles(
            id=name,
            name=fields.get("name", "Cycle {cycle}"),
            prefix=prefix,
            length=length.least,
            most=length.most,
            first=first,
            rhythm=rhythm,
            least_count=None if count is None else count.least,
            most_count=None if count is None else count.most,
            until=fields.get("until", ()),
            horizon=fields.get("horizon"),
            overlaps=fields.get("overlaps", ""),
            numbered_from=_first_number(fields, report),
            arms=known_groups("arms", vocabulary.arms, fields, report),
            cohorts=known_groups("cohorts", vocabulary.cohorts, fields, report),
            notes=fields.get("notes", ""),
            source=fields.get("source", {}),
            assumed=fields.get("assumed", {}),
            place=place,
            places=fields.places,
        )
        found.append(one)
    node = head.get("cycles")
    if isinstance(node, Table) and len(node.entries) > len(found):
        found.append(None)  # one whose id cannot be read
    return found


def _check_prefix(
    name: str, prefix: str, prefixes: dict[str, str], fields: Fields, place: Place, report: Report
) -> None:
    other = prefixes.setdefault(prefix, name)
    if other != name:
        message = f"the visits of `{name}` and of `{other}` would have the same ids ({prefix}1d1)"
        report.error(fields.at("prefix"), "same-prefix", message, "give one of them another `prefix`")


def _first_number(fields: Fields, report: Report) -> int:
    number: int = fields.get("numbered_from", 1)
    if not 1 <= number <= MOST_HORIZON:
        hint = f"write a whole number from 1 to {MOST_HORIZON}"
        report.error(fields.at("numbered_from"), "bad-number", f"`numbered_from` cannot be {number}", hint)
        return 1
    return number


def _count(fields: Fields, report: Report) -> Number | None:
    count: Number | None = fields.get("count")
    horizon: int | None = fields.get("horizon")
    if count is not None and count.least == count.most and fields.has("horizon"):
        report_stray(fields, "horizon", "`horizon` goes with cycles whose number is not fixed", report)
    if count is None and not any(fields.has(key) for key in ("count", "until", "horizon")) and not fields.strange:
        hint = "write `count: 6` or `1-6`, or `until: ...` with the visit that ends them, or `horizon: 6`"
        report.error(fields.place, "no-end", "how many cycles there are is not said", hint)
    if horizon is not None and not 1 <= horizon <= MOST_HORIZON:
        hint = f"write a whole number from 1 to {MOST_HORIZON}"
        report.error(fields.at("horizon"), "bad-number", f"`horizon` cannot be {horizon}", hint)
    return count
