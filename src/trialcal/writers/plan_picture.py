"""The picture of a plan's windows on a time axis: what is drawn for a visit, and what the signs mean.

A room of its own because the picture has its own questions: which dates deserve a place on the axis, and what may be
told from one cell. Where a cell is one day, a window's line stands for the dates that work; the others are marked, so
that the line, the marks and the window's ends can be told apart on a black-and-white print. A day is marked as closed
inside the window only, and for this visit: outside it nobody asks, and the window's end would be lost in the marks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from rich.text import Text

from trialcal.schedule import ScheduledVisit
from trialcal.site import Site
from trialcal.writers.dated import dates_inked, short_inked
from trialcal.writers.page import Picture, glued, hanging, ink, joined
from trialcal.writers.timeline import (
    CLOSED,
    GIVEN,
    GIVEN_CLOSED,
    IMPOSSIBLE,
    PLANNED,
    TARGET,
    TARGET_CLOSED,
    TARGET_IMPOSSIBLE,
    WEEKEND,
    Axis,
    Bar,
    blank_line,
    monday_line,
    month_line,
    scale_told,
)
from trialcal.writers.window_days import WindowDays, runs

_LONGEST_POSSIBLE = 120  # days: a pending visit that could be on more of them gets no room on the axis for all
_MOST_MARKS = 400  # days of a visit that takes several
_MOST_CLOSED = 8  # lines of closed days
_MOST_SPANS = 4  # closed dates with the same reason that are named; of more of them the number is told
_WINDOW_SIGNS = frozenset("├─╌┤│")
_LEGEND = (
    (frozenset(PLANNED), PLANNED, "planned"),
    (frozenset(GIVEN), GIVEN, "given"),
    (frozenset(GIVEN_CLOSED), GIVEN_CLOSED, "given, closed"),
    (frozenset(TARGET), TARGET, "target"),
    (frozenset(TARGET_CLOSED), TARGET_CLOSED, "target, closed"),
    (frozenset(TARGET_IMPOSSIBLE), TARGET_IMPOSSIBLE, "target, impossible"),
    (_WINDOW_SIGNS, "├─┤", "window"),
    (frozenset("┄"), "┄┄", "possible"),
    (frozenset(CLOSED), CLOSED, "closed"),
    (frozenset(IMPOSSIBLE), IMPOSSIBLE, "impossible"),
)


def blank_picture(axis: Axis, site: Site) -> Picture:
    """Give what stands above the picture, and its empty line with the weekends of the site's country."""
    mondays = monday_line(axis)
    head = (month_line(axis), mondays) if mondays is not None else (month_line(axis),)
    return Picture(head, blank_line(axis, site.weekend))


def possible_dates(visit: ScheduledVisit) -> tuple[date, date] | None:
    """Give the dates that a pending visit can have, where anything is known of them; an open side is far away."""
    if visit.status != "pending" or (visit.earliest is None and visit.latest is None):
        return None
    return visit.earliest or date.min, visit.latest or date.max


def points(visit: ScheduledVisit) -> list[int]:
    """Give the dates that should have a place on the axis."""
    days = [visit.on, visit.last_day, visit.target, visit.window_start, visit.window_end]
    first, last = visit.earliest, visit.latest
    if visit.status == "pending" and not (first and last and (last - first).days > _LONGEST_POSSIBLE):
        days += [first, last]
    return [day.toordinal() for day in days if day is not None]


def bars(visit: ScheduledVisit, axis: Axis, days: WindowDays | None) -> Iterator[Bar]:
    """Draw a visit: its window, each day of it that does not work, its target, its dates."""
    marks: dict[int, str] = {}
    if visit.status in ("missed", "skipped", "cancelled"):
        return  # nothing of it is to come
    if days is not None and axis.days_a_cell == 1:
        kinds = ((days.impossible, IMPOSSIBLE), (days.closed, CLOSED))
        marks = {day.toordinal(): mark for which, mark in kinds for day in which}
        marks = {day: mark for day, mark in marks.items() if axis.cell(day) not in axis.cuts}
    if visit.target is not None:
        on_marked = {CLOSED: TARGET_CLOSED, IMPOSSIBLE: TARGET_IMPOSSIBLE}
        target = visit.target.toordinal()
        marks[target] = on_marked.get(marks.get(target, ""), TARGET)
    if visit.on is not None:
        first, last = visit.on.toordinal(), (visit.last_day or visit.on).toordinal()
        is_closed = marks.get(first) in (CLOSED, TARGET_CLOSED)
        for day in range(first, min(last, first + _MOST_MARKS) + 1):
            marks[day] = GIVEN if visit.is_given else PLANNED
        if visit.is_given and is_closed:
            marks[first] = GIVEN_CLOSED
    if visit.window_start is not None and visit.window_end is not None:
        yield Bar(visit.window_start.toordinal(), visit.window_end.toordinal(), marks)
    else:
        yield Bar(marks=marks)
    possible = possible_dates(visit)
    if possible is not None:
        yield Bar(possible[0].toordinal(), possible[1].toordinal(), is_dotted=True, style="yellow")


def legend(pictures: Iterable[Text], axis: Axis, blank: Text, width: int, fixed: str) -> Iterator[Text]:
    """Tell what the signs mean, those that occur and no other; `fixed` says what is not only planned."""
    there = frozenset("".join(picture.plain for picture in pictures))
    signs = [(sign, told.replace("given", fixed)) for any_of, sign, told in _LEGEND if any_of & there]
    if WEEKEND in blank.plain:
        signs.append((WEEKEND, "weekend"))
    if axis.cuts:
        signs.append(("┊", "days left out"))
    told = joined([ink((sign, "bold"), glued(f" {word}")) for sign, word in signs], "  ")
    above = ", numbers are Mondays" if monday_line(axis) is not None else ""
    yield from hanging("", ink(told, f"  {glued(scale_told(axis) + above)}"), width, 0)


# --- why days are closed ----------------------------------------------------------------------------------------


def closed_lines(windows: Iterable[WindowDays], site: Site, year: int, width: int) -> Iterator[Text]:
    """List the closed dates in the windows with their reasons, those with the same reason together."""
    reasons: dict[str, set[date]] = {}
    for days in windows:
        for day, reason in days.closed.items():
            reasons.setdefault(reason, set()).add(day)
    told = list(_closed_told(reasons, site.weekend, year))
    if len(told) > _MOST_CLOSED:
        left = len(told) - _MOST_CLOSED + 1
        told[_MOST_CLOSED - 1 :] = [ink((f"... and {left} more", "dim"))]
    for number, text in enumerate(told):
        yield from hanging(ink(("" if number else "Closed: ", "bold")), text, width, len("Closed: "))


def _closed_told(reasons: Mapping[str, set[date]], weekend: frozenset[int], year: int) -> Iterator[Text]:
    weekly = {reason for reason, days in reasons.items() if _is_weekly(reason, days, weekend)}
    if sum(len(reasons[reason]) for reason in weekly) > 1:
        yield ink("weekends")
    else:
        weekly = set()
    for reason in sorted(reasons.keys() - weekly, key=lambda reason: (min(reasons[reason]), reason)):
        days = sorted(reasons[reason])
        spans = runs(days, least=2)
        if len(spans) <= _MOST_SPANS:
            told = dates_inked(spans, year)
        else:
            first, last = (short_inked(day, year=day.year != year) for day in (days[0], days[-1]))
            told = ink(f"{len(days)} dates, ", first, " to ", last)
        yield ink(told, f" ({reason})" if reason else "")


def _is_weekly(reason: str, days: Collection[date], weekend: frozenset[int]) -> bool:
    """Tell whether days are closed because they are the weekend's, in whatever words the site says that."""
    words = reason.casefold()
    return all(day.weekday() in weekend for day in days) and (
        words in ("weekend", "weekends") or words.startswith("no opening hours on ")
    )
