"""A time axis drawn in cells, and bars on it: a window with its target, a range, a period with an open end.

A room of its own because the plan draws dates on it and the protocol's outline study days; to the axis both are whole
numbers. What is far away must not squash the rest: stretches of time in which nothing begins or ends are cut out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from rich.text import Text

from trialcal.site import SATURDAY_AND_SUNDAY
from trialcal.writers.page import ink

TARGET, PLANNED, GIVEN, WEEKEND, CUT = "○", "◆", "■", "░", "┊"
# Days on which a visit cannot be, and how a target or given date looks on one: its own sign with theirs inside.
CLOSED, IMPOSSIBLE = "×", "·"
TARGET_CLOSED, TARGET_IMPOSSIBLE, GIVEN_CLOSED = "⊗", "⊙", "⊠"
_MARK_STYLES = {
    CLOSED: "bold red",
    TARGET_CLOSED: "bold red",
    GIVEN_CLOSED: "bold red",
    IMPOSSIBLE: "yellow",
    TARGET_IMPOSSIBLE: "bold yellow",
}
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SCALES = (1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 28, 42, 56, 91, 182, 365, 730, 1826, 3652, 36525)
_MOST_CUTS = 4


class Stretch(NamedTuple):
    """Days that are drawn one after the other, both inclusive, and the cell of the first."""

    first: int
    last: int
    cell: int


class Axis(NamedTuple):
    """An axis: between its stretches one cell stands for all that is cut out."""

    stretches: tuple[Stretch, ...]
    days_a_cell: int
    width: int

    def cell(self, day: int) -> int:
        """Give the cell of a day: -1 before the axis begins, `width` behind its end."""
        if day < self.stretches[0].first:
            return -1
        for stretch in reversed(self.stretches):
            if day > stretch.last:
                return self.width if stretch is self.stretches[-1] else self._behind(stretch)
            if day >= stretch.first:
                return stretch.cell + (day - stretch.first) // self.days_a_cell
        raise AssertionError(day)

    def _behind(self, stretch: Stretch) -> int:
        return stretch.cell + (stretch.last - stretch.first) // self.days_a_cell + 1

    @property
    def cuts(self) -> frozenset[int]:
        """The cells that stand for what is cut out."""
        return frozenset(self._behind(stretch) for stretch in self.stretches[:-1])

    def days(self) -> Iterable[tuple[int, int]]:
        """Give the first day of every cell that stands for days."""
        for stretch in self.stretches:
            for day in range(stretch.first, stretch.last + 1, self.days_a_cell):
                yield stretch.cell + (day - stretch.first) // self.days_a_cell, day


def axis_of(days: Iterable[int], room: int) -> Axis | None:
    """Choose the finest axis on which all `days` have a place in `room` cells; None where there are no days.

    With a finer scale come cuts, the longest gaps first and at most four: a visit two years on costs a few cells.
    """
    points = sorted(set(days))
    if not points or room < 1:
        return None
    for scale in _SCALES:
        gaps = sorted(
            ((after - before, before) for before, after in pairwise(points) if after - before > 8 * scale),
            reverse=True,
        )
        for cuts in range(min(len(gaps), _MOST_CUTS) + 1):
            axis = _axis(points, {before for _, before in gaps[:cuts]}, scale)
            if axis.width <= room:
                return axis
    return None


def calendar_axis(days: Iterable[int], room: int) -> Axis | None:
    """Choose an axis of dates; where that costs no detail it shows whole weeks, and two of them at least."""
    points = set(days)
    axis = axis_of(points, room)
    if axis is None:
        return None
    first, last = min(points), max(points)
    first -= (first - 1) % 7
    last += max(-last % 7, first + 13 - last)
    whole = axis_of({*points, first, last}, room)
    return whole if whole is not None and coarseness(whole) <= coarseness(axis) else axis


def coarseness(axis: Axis) -> tuple[int, int]:
    """Measure how much detail an axis leaves out: by its scale, then by its cuts."""
    return axis.days_a_cell, len(axis.stretches)


def _axis(points: Sequence[int], cut_behind: set[int], scale: int) -> Axis:
    stretches: list[Stretch] = []
    cell = 0
    first = points[0]
    for before, after in [*pairwise(points), (points[-1], points[-1])]:
        if before in cut_behind or before == after:
            margin = 0 if before == after else 2 * scale
            whole = -(-(before + margin - first + 1) // scale)  # cells, the last one filled up
            stretches.append(Stretch(first, first + whole * scale - 1, cell))
            cell += whole + 1
            first = after - 2 * scale
    return Axis(tuple(stretches), scale, cell - 1)


# --- bars -------------------------------------------------------------------------------------------------------


class Bar(NamedTuple):
    """A bar from one day to another, both inclusive. `marks` are single days; an open end is drawn as an arrow."""

    first: int | None = None
    last: int | None = None
    marks: Mapping[int, str] = {}
    opens: bool = False
    is_dotted: bool = False
    style: str = "cyan"


def drawn(axis: Axis, bars: Iterable[Bar], blank: Text) -> Text:
    """Draw bars on a line of the axis, over what is drawn on an empty one."""
    cells = list(blank.plain)
    styles = [""] * axis.width
    marked: list[tuple[int, str]] = []
    for bar in bars:
        if bar.first is not None and bar.last is not None:
            _draw_line(axis, bar, bar.first, bar.last, cells, styles)
        marked += bar.marks.items()
    for day, mark in marked:
        at = axis.cell(day)
        if 0 <= at < axis.width:
            cells[at], styles[at] = mark, _MARK_STYLES.get(mark, "bold")
    line = Text()
    for at, cell in enumerate(cells):
        line.append(cell, styles[at] or "dim")
    return line


def _draw_line(axis: Axis, bar: Bar, first: int, last: int, cells: list[str], styles: list[str]) -> None:
    start, end = axis.cell(first), axis.cell(last)
    weekends = frozenset(at for at, cell in enumerate(cells) if cell == WEEKEND)
    for at in range(max(start, 0), min(end, axis.width - 1) + 1):
        if at not in axis.cuts:
            cells[at] = "┄" if bar.is_dotted else "╌" if at in weekends else "─"
        styles[at] = bar.style
    if 0 <= start < axis.width and not bar.is_dotted:
        cells[start] = "├" if start != end or bar.opens else "│"
    if 0 <= end < axis.width and start != end and not bar.is_dotted:
        cells[end] = "┤"
    if start < 0 <= end:
        cells[0] = "◂"
    if (bar.opens and end < axis.width) or (end >= axis.width > start):
        at = min(end + 1, axis.width - 1)
        cells[at], styles[at] = "▸", bar.style


# --- what stands above a calendar's axis ------------------------------------------------------------------------


def blank_line(axis: Axis, weekend: Collection[int] = SATURDAY_AND_SUNDAY, *, calendar: bool = True) -> Text:
    """Give an empty line of the axis: its cuts and, where a cell is a day of a calendar, the weekends."""
    cells = [" "] * axis.width
    for at in axis.cuts:
        cells[at] = CUT
    if calendar and axis.days_a_cell == 1:
        for at, day in axis.days():
            if (day - 1) % 7 in weekend:
                cells[at] = WEEKEND
    return ink(("".join(cells), "dim"))


def month_line(axis: Axis) -> Text:
    """Name the months above the axis, each where it begins, with the year where that is new."""
    labels: list[tuple[int, str]] = []
    year = free = 0
    for stretch in axis.stretches:
        for day, behind in _months(stretch):
            at, end = axis.cell(day.toordinal()), axis.cell(min(behind.toordinal(), stretch.last + 1))
            is_rest = day.day > 1 and behind.toordinal() <= stretch.last
            if at < free or (is_rest and end - at < 4):  # a few last days of a month have no room
                continue
            room = end - at if axis.days_a_cell <= 3 else axis.width - at
            told = _MONTHS[day.month]
            if day.year != year and room >= 8:
                told, year = f"{told} {day.year}", day.year
            elif day.year != year and year and room >= 4:  # behind a cut the year says more than the month
                told, year = str(day.year), day.year
            labels.append((at, told))
            free = at + len(told) + 1
    return label_line(axis, labels)


def _months(stretch: Stretch) -> Iterator[tuple[date, date]]:
    """Give every month of a stretch: its first day there, and the first of the next month."""
    day = date.fromordinal(stretch.first)
    while day.toordinal() <= stretch.last:
        behind = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield day, behind
        day = behind


def monday_line(axis: Axis) -> Text | None:
    """Give the days of the month of Mondays; None where a cell is too many days for it."""
    if axis.days_a_cell > 3:
        return None
    mondays = []
    for stretch in axis.stretches:
        for day in range(stretch.first, stretch.last + 1):
            if day % 7 == 1:
                mondays.append((axis.cell(day), str(date.fromordinal(day).day)))
    return label_line(axis, mondays)


def label_line(axis: Axis, labels: Iterable[tuple[int, str]]) -> Text:
    """Write labels at their cells, from left to right, each where there is room for it."""
    cells = [" "] * axis.width
    for at in axis.cuts:
        cells[at] = CUT
    free = 0
    for at, label in sorted(labels):
        end = at + len(label)
        if free <= at and end <= axis.width and not any(cut in axis.cuts for cut in range(at, end)):
            cells[at:end] = label
            free = end + 1
    return ink(("".join(cells), "dim"))


def scale_told(axis: Axis) -> str:
    """Say what one cell of the axis is."""
    return "each column is a day" if axis.days_a_cell == 1 else f"each column is {axis.days_a_cell} days"
