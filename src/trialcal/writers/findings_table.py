"""Findings as a page: how many of the visits that were judged, by visit, by subject, and then each of them.

A room of its own because its rows are findings of many subjects. What rests on assumptions stands apart, below what
the protocol states. The page says "finding" and never "deviation": that word is for people who have looked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from rich.text import Text

from trialcal.findings import HANGS, KINDS, NOTED, REASONS, SCREENING, Finding, Kind, Tally
from trialcal.protocol import Protocol
from trialcal.writers.dated import clock_inked, date_inked, sentence_inked
from trialcal.writers.page import Column, Row, glued, hanging, heading, ink, natural_widths, printed, table

MOST_LISTED = 1_000  # findings, and rows of a table by subject; CSV and JSON have all
_WHAT_IT_IS = (
    "A finding is what the dates show. Whether it is a protocol deviation, and of which kind, is for people to say."
)
_TITLES: Mapping[Kind, str] = {
    "out-of-window": "Done out of window",
    "rule": "Rules broken",
    "missed": "Missed",
    "overdue": "Overdue: not recorded as done",
    "due-soon": "Due soon: not recorded as done",
    "within-window": "Done within the window",
    "not-judged": "Not judged",
    "unscheduled": "Unscheduled",
}
_WORDS: Mapping[Kind, str] = {
    "out-of-window": "out of window",
    "rule": "broken rules",
    "missed": "missed",
    "overdue": "overdue",
    "due-soon": "due soon",
}
_COUNTED: Sequence[tuple[str, str]] = (
    ("out-of-window", "Out"),
    ("early", "Early"),
    ("late", "Late"),
    ("rule", "Rule"),
    ("missed", "Missed"),
    ("overdue", "Overdue"),
    ("due-soon", "Due soon"),
)
_LISTED = (
    Column("Subject", False),
    Column("Visit", False),
    Column("Done", False),
    Column("Off", False),
    Column("Allowed", False),
    Column("Counted from"),
    Column("What"),
)


class Page(NamedTuple):
    """What stands in the head of a page of findings: as of which day, and what was looked at."""

    today: date
    protocols: Sequence[Protocol]
    facts: Sequence[tuple[str, str]]


def findings_text(rows: Iterable[Finding], tally: Tally, page: Page, *, width: int, colour: bool) -> str:
    """Give findings as text of at most `width` cells a line (60 or more); without `colour` it has no escape codes.

    The `tally` is counted while the rows are made. Of each kind at most `MOST_LISTED` rows are listed.
    """
    listed: dict[tuple[bool, Kind], list[Finding]] = {}
    left_out: Counter[tuple[bool, Kind]] = Counter()
    for row in rows:
        group = row.rests_on_assumption, row.kind
        if len(kept := listed.setdefault(group, [])) < MOST_LISTED:
            kept.append(row)
        else:
            left_out[group] += 1
    lines = [*_head(tally, page, width)]
    lines += _by_visit(tally, page.protocols, width)
    lines += _by_subject(tally, width)
    groups = [(is_assumed, kind) for is_assumed in (False, True) for kind in KINDS]
    for group in [*groups, *((False, kind) for kind in _TITLES if kind not in KINDS)]:
        is_assumed, kind = group
        title = _TITLES[kind] + (f", assumed {'rules' if kind == 'rule' else 'windows'}" if is_assumed else "")
        lines += _list(title, listed.get(group, []), left_out[group], width)
        if group == groups[-1] and any(is_assumed for is_assumed, _ in listed):
            lines += [Text()]
            lines += hanging("", ink(("Confirm what is assumed against the protocol.", "italic")), width)
    lines += _not_findings(tally, width)
    return printed(lines, colour=colour)


# --- the head ---------------------------------------------------------------------------------------------------


def _head(tally: Tally, page: Page, width: int) -> Iterator[Text]:
    yield from hanging(ink(("Findings as of ", "bold"), date_inked(page.today)), Text(), width, 0)
    yield Text()
    facts: list[tuple[str, Text]] = []
    for protocol in page.protocols:
        version = f", version {protocol.version}" if protocol.version else ""
        facts.append(("Protocol", ink(f"{protocol.id}{version}: {protocol.title}")))
        facts.append(("From", ink((str(protocol.source), "bold" if protocol.source.registry else ""))))
    facts += [(name, sentence_inked(text)) for name, text in page.facts]
    facts.append(("Result", _result(tally)))
    before = ""
    for name, text in facts:
        yield from hanging(ink((name if name != before else "", "dim")), text, width, 12)
        before = name
    yield Text()
    yield from hanging("", ink((_WHAT_IT_IS, "italic")), width)


def _result(tally: Tally) -> Text:
    """Say how many findings there are: `181 findings: 181 out of window (22.6 % of 800 judged)`."""
    whole = tally.whole
    judged = whole["judged"]
    visits = f"{judged} visit{'s' if judged != 1 else ''}"
    if not tally.findings:
        return ink(("no findings", "green"), f"; {visits} judged against stated windows")
    share = f" ({_percent(whole['out-of-window'], judged)} of {visits} judged)" if judged else ""
    words = {**_WORDS, "rule": "broken rule" if whole["rule"] == 1 else "broken rules"}
    told = [
        f"{whole[kind]} {words[kind]}" + (share if kind == "out-of-window" else "") for kind in KINDS if whole[kind]
    ]
    if judged and not whole["out-of-window"]:
        told.append(f"none out of window ({visits} judged)")
    assumed = sum(whole[f"{kind}-assumed"] for kind in KINDS)
    rest = f"; {assumed if assumed < tally.findings else 'all'} by assumed windows or rules" if assumed else ""
    number = "1 finding" if tally.findings == 1 else f"{tally.findings} findings"
    return ink((number, "bold"), f": {', '.join(told)}{rest}")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


# --- counts -----------------------------------------------------------------------------------------------------


def _by_visit(tally: Tally, protocols: Sequence[Protocol], width: int) -> Iterator[Text]:
    if not tally.visits:
        return
    places = {(each.id, visit.id): (n, k) for n, each in enumerate(protocols) for k, visit in enumerate(each.visits)}
    names = {(each.id, visit.id): visit.short or visit.name for each in protocols for visit in each.visits}
    keys = sorted(tally.visits, key=lambda key: places.get(key, (len(protocols), 0)))
    several = len({protocol for protocol, _ in keys}) > 1
    rows = [
        _counts(key[1], tally.visits[key], "" if several else names.get(key, ""), key[0] if several else "")
        for key in keys
    ]
    yield from heading("By visit", width)
    yield from _count_table("Visit", rows, width)


def _by_subject(tally: Tally, width: int) -> Iterator[Text]:
    found = {key: counts for key, counts in tally.subjects.items() if any(counts[kind] for kind in KINDS)}
    if not found:
        return
    keys = sorted(found, key=lambda key: -sum(found[key][kind] for kind in KINDS))
    several = len({protocol for protocol, _ in keys}) > 1
    rows = [_counts(key[1], found[key], "", key[0] if several else "") for key in keys[:MOST_LISTED]]
    yield from heading("By subject, those with most findings first", width)
    yield from _count_table("Subject", rows, width)
    yield from _more(len(keys) - len(rows), "subjects with findings", width)


def _count_table(what: str, rows: Sequence[Row], width: int) -> list[Text]:
    """Set a table of counts; on a narrow page without the columns that say least."""
    counted = [Column(title, False) for _, title in _COUNTED]
    columns = [
        *(Column(title, False) for title in (what, "Name", "Protocol", "Judged")),
        counted[0],
        Column("%", False),
        *counted[1:],
        Column("Assumed", False),
    ]
    for title in ("Name", "Early", "Late", "Assumed", "Protocol"):
        used = [i for i in range(len(columns)) if any(row.cells[i][0].plain for row in rows)]
        widths = natural_widths(columns, rows)
        if sum(widths[i] + 2 for i in used) - 2 <= width:
            break
        at = [column.title for column in columns].index(title)
        rows = [row._replace(cells=(*row.cells[:at], (Text(),), *row.cells[at + 1 :])) for row in rows]
    return table(columns, rows, width)


def _counts(id: str, counts: Counter[str], name: str, protocol: str) -> Row:
    assumed = sum(counts[f"{kind}-assumed"] for kind in KINDS)
    judged = counts["judged"]
    numbers = [_number(counts[key]) for key, _ in _COUNTED]
    if judged:
        numbers[0] = ink(str(counts["out-of-window"]))
    share = ink(_percent(counts["out-of-window"], judged).removesuffix(" %"))
    told = [ink((id, "bold")), ink(name), ink(protocol), _number(judged), numbers[0], share, *numbers[1:]]
    return Row(tuple((each,) for each in (*told, _number(assumed))))


def _number(count: int) -> Text:
    return ink(str(count) if count else "")


# --- each of them -----------------------------------------------------------------------------------------------


def _list(title: str, rows: Sequence[Finding], left_out: int, width: int) -> Iterator[Text]:
    if not rows:
        return
    yield from heading(f"{title} ({len(rows) + left_out})", width)
    yield from table(_LISTED, [_row(row) for row in rows], width)
    yield from _more(left_out, "", width)


def _more(count: int, what: str, width: int) -> Iterator[Text]:
    if count > 0:
        yield from hanging(
            "", ink((f"and {count} more{f' {what}' if what else ''}: --format csv has all", "italic")), width
        )


def _row(row: Finding) -> Row:
    cells = (
        ink((row.subject, "bold")),
        ink(row.visit),
        Text() if row.actual is None else _date(row.actual),
        ink(glued(_off(row))),
        _allowed(row),
        ink("" if row.kind == "rule" else row.reference),  # the rule below the row names it
        sentence_inked(_what(row)),
    )
    return Row(tuple((each,) for each in cells), tuple(_details(row)))


def _off(row: Finding) -> str:
    """Say how far it is off: `3 d late`, `closed 4 d ago`, `in 2 d`."""
    days = row.days_off
    if days is None or row.kind in ("within-window", "not-judged", "unscheduled"):
        return ""
    if row.kind == "overdue":
        return f"{days} d ago"
    if row.kind == "due-soon":
        return f"in {-days} d" if days else "today"
    return f"{abs(days)} d {'early' if days < 0 else 'late'}" if days else "by hours"


def _what(row: Finding) -> str:
    """Give the words that the other columns do not say."""
    message = row.message.partition(SCREENING)[0]
    if row.kind in ("missed", "not-judged", "unscheduled"):
        return message.partition(": ")[2] if row.kind == "missed" else message
    if row.kind in ("overdue", "due-soon"):
        return "; ".join(message.split("; ")[2:])
    return ""


def _details(row: Finding) -> Iterator[Text]:
    """Give what stands below a row: which screening it was in, a rule or hours in words, and what people noted."""
    told, _, screening = row.message.partition(SCREENING)
    message, noted, reason = told.partition(NOTED)
    if screening:
        yield ink((f"in screening {screening}", "dim"))
    if row.kind == "rule" or isinstance(row.actual, datetime):
        head, _, rest = message.partition(": ")
        said = f"{head.partition(' is ')[2]}: {rest.partition(' allows ')[0]}" if rest else message
        yield ink((said.partition(HANGS)[0], "dim"))
    if row.kind == "out-of-window" and HANGS in message:
        yield ink(("the window is counted from " + message.partition(HANGS)[2], "dim"))
    if noted and row.kind in ("rule", "out-of-window"):
        yield ink((f"noted: {reason}", "dim"))


def _allowed(row: Finding) -> Text:
    first, last = row.window_start, row.window_end
    if first is None and last is None:
        return ink("target ", _date(row.target)) if row.target is not None and row.kind == "missed" else Text()
    if first is None or last is None:
        return ink(glued("until "), _date(last)) if last is not None else ink(glued("from "), _date(first))
    return (
        _date(first)
        if first == last
        else ink(_date(first), " to" if isinstance(first, datetime) else glued(" to"), " ", _date(last))
    )


def _date(day: date | None) -> Text:
    assert day is not None
    return clock_inked(day) if isinstance(day, datetime) else date_inked(day)


# --- what is no finding -----------------------------------------------------------------------------------------


def _not_findings(tally: Tally, width: int) -> Iterator[Text]:
    told = [(tally.reasons[reason], words) for reason, words in REASONS.items() if tally.reasons[reason]]
    if told:
        yield from heading("Neither findings nor judged", width)
    wide = max((len(str(count)) for count, _ in told), default=0)
    for count, words in told:
        yield from hanging(ink(f"{count:>{wide}}  "), ink(words), width)
