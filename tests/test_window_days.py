"""Which dates of a window work: in the table, its picture, JSON and the calendar. Every date is worked by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import pytest
from icalendar import Calendar
from made_schedules import NOW
from rich.cells import cell_len

from trialcal.files import library
from trialcal.files.library import read_file
from trialcal.plan import plan
from trialcal.schedule import Schedule
from trialcal.site import AnyDay, Closure, Dates, DayHours, Possible, Site, Weekdays, Weekend, closed_on
from trialcal.subject import Dated, Subject
from trialcal.writers.ics import calendar_bytes
from trialcal.writers.rows import csv_text, json_text
from trialcal.writers.table import plan_text
from trialcal.writers.timeline import axis_of, blank_line
from trialcal.writers.window_days import runs, window_days

# Dose 1 is on Mon 3 March, so the window of dose 2 is Sun 9 to Tue 11 March, that of dose 3 Sun 16 to Tue 18 March.
# Screening is on Mon 3 February to Sun 2 March, and the follow-up on Wed 9 to Wed 23 April.
EXAMPLE = """\
id: example
title: A study of one medicine
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
types: {dose: {weight: 10}}
visits:
  screening: {at: 1-28 d before dose-1}
  dose: {type: dose, name: "Dose {n}", at: [Day 1, Day 8, Day 15], window: ±1 d}
  follow-up: {at: 30 d after last dose, window: ±7 d}
  report: {at: pending, waits_for: the report}
"""
A_WEEK = "rules:\n  - {visit: each dose, at_least: 7 d, after: the previous dose}\n"
MONDAY = date(2025, 3, 3)
WEEKENDS = Closure((Weekend(),), "weekend")
NO_SITE = Site()


def planned(folder: Path, site: Site = NO_SITE, rules: str = "", text: str = EXAMPLE, **given: date) -> Schedule:
    path = folder / "protocol.yaml"
    path.write_text(text + rules, encoding="utf-8")
    protocol, problems = read_file(path, (), folder)
    assert protocol is not None, [problem.told() for problem in problems]
    named = {name.replace("_", "-"): Dated(day) for name, day in (given or {"dose_1": MONDAY}).items()}
    return plan(protocol, Subject("S-01", named), site)


def lines_of(schedule: Schedule, width: int = 160) -> list[str]:
    text = plan_text(schedule, width=width, colour=False)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    return text.splitlines()


def row_of(schedule: Schedule, name: str, width: int = 160) -> str:
    """Give the first line of a visit; the picture stands in it at this width."""
    return next(line for line in lines_of(schedule, width) if line.removeprefix("! ").startswith(name))


def below(schedule: Schedule, name: str) -> str:
    """Give what stands in the line below a visit's first one, without the weekends of the picture."""
    lines = lines_of(schedule)
    return lines[lines.index(row_of(schedule, name)) + 1].split("  ░")[0].strip()


def visits_told(schedule: Schedule, width: int = 160) -> str:
    """Give the table of visits, its picture, and what stands below it."""
    return "\n".join(lines_of(schedule, width)).split("── ")[1]


# --- the picture ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("Screening", "◆────××─────××─────××─────××"),  # 3 Feb is a Monday, 2 Mar a Sunday
        ("Dose 1", "■"),
        ("Dose 2", "×◆┤"),
        ("Dose 3", "×◆┤"),
        ("Follow up", "├──××──◆──××──┤"),
    ],
)
def test_closed_days_are_marked_in_the_window(name: str, picture: str, tmp_path: Path) -> None:
    schedule = planned(tmp_path, Site(closures=(WEEKENDS,)))
    assert f" {picture} " in row_of(schedule, name).replace("░", " ") + " "
    assert row_of(schedule, name).count("×") == picture.count("×")


def test_a_closed_target_is_seen_as_both(tmp_path: Path) -> None:
    schedule = planned(tmp_path, closed_on({date(2025, 3, 10): "audit"}))
    # Sun 9 and Tue 11 March are as near; on a tie the later one
    assert "├⊗◆" in row_of(schedule, "Dose 2")
    assert any("◆ planned  ■ given  ⊗ target, closed  ├─┤ window  ░ weekend" in line for line in lines_of(schedule))


def test_a_given_date_on_a_closed_day_is_seen_as_both(tmp_path: Path) -> None:
    schedule = planned(tmp_path, closed_on({date(2025, 3, 11): "audit"}), dose_1=MONDAY, dose_2=date(2025, 3, 11))
    assert "├○⊠" in row_of(schedule, "Dose 2").replace("╌", "─")
    assert any("⊠ given, closed" in line for line in lines_of(schedule))


def test_open_days_that_no_plan_has_are_marked_otherwise(tmp_path: Path) -> None:
    schedule = planned(tmp_path, rules=A_WEEK)
    # dose 2 is a week after dose 1 at least, from Mon 10 March on, so dose 3 from Mon 17 March on
    assert "·◆┤" in row_of(schedule, "Dose 2")
    assert "·◆┤" in row_of(schedule, "Dose 3")
    assert below(schedule, "Dose 2") == "works: Mon 10, Tue 11 Mar"
    assert any("├─┤ window  · impossible  ░ weekend" in line for line in lines_of(schedule))


def test_an_impossible_target_is_seen_as_both(tmp_path: Path) -> None:
    schedule = planned(tmp_path, rules=A_WEEK, dose_1=MONDAY, dose_2=date(2025, 3, 11))
    assert "·⊙◆" in row_of(schedule, "Dose 3")  # a week after Tue 11 March
    assert below(schedule, "Dose 3") == "target Mon 17 Mar  Day 15   only Tue 18 Mar"
    assert any("⊙ target, impossible" in line for line in lines_of(schedule))


def test_nobody_asks_where_else_a_given_visit_could_be(tmp_path: Path) -> None:
    schedule = planned(tmp_path, Site(closures=(WEEKENDS,)), A_WEEK, dose_1=MONDAY, dose_2=date(2025, 3, 11))
    assert "×○■" in row_of(schedule, "Dose 2")
    assert "works" not in below(schedule, "Dose 2") and "only" not in below(schedule, "Dose 2")


def test_a_target_without_a_window_is_its_only_date(tmp_path: Path) -> None:
    text = EXAMPLE.replace("30 d after last dose, window: ±7 d", "30 d after dose-1")
    schedule = planned(tmp_path, closed_on({date(2025, 4, 2): "audit"}), text=text)
    assert "NO DATE" in row_of(schedule, "Follow up")
    assert "⊗" in row_of(schedule, "Follow up")


def test_a_visit_that_may_be_on_any_day_has_no_closed_ones(tmp_path: Path) -> None:
    possible = {
        "follow-up": Possible("follow-up", (AnyDay(),)),
        "dose": Possible("dose", (Weekdays(frozenset((0,))),)),
    }
    schedule = planned(tmp_path, Site(closures=(WEEKENDS,), possible=possible))
    # dashes are weekends inside the window, on which the visit can be
    assert "├──╌╌──◆──╌╌──┤" in row_of(schedule, "Follow up")
    assert "×◆×" in row_of(schedule, "Dose 2")  # doses on Mondays only


def test_days_that_are_cut_out_carry_no_marks(tmp_path: Path) -> None:
    lines = lines_of(planned(tmp_path, Site(closures=(WEEKENDS,))), 60)
    at = next(line for line in lines if "┊" in line).index("┊")
    screening = [line for line in lines if line.startswith("Screening")][-1]
    assert screening[at] == "┊"
    assert screening.count("×") < 8


def test_where_a_cell_is_several_days_the_bars_stay(tmp_path: Path) -> None:
    text = EXAMPLE.replace("Day 15]", "Day 15, " + ", ".join(f"Day {day}" for day in range(22, 365, 7)) + "]")
    told = visits_told(planned(tmp_path, Site(closures=(WEEKENDS,)), text=text), 100)
    assert "each column is 5 days" in told
    assert not re.search("[×·⊗⊙░]", told)


def test_without_a_site_nothing_is_marked(tmp_path: Path) -> None:
    assert not re.search("[×·⊗⊙⊠]|works:|only [MTWFS]|Closed", visits_told(planned(tmp_path)))


def test_the_weekend_is_the_countrys() -> None:
    axis = axis_of([date(2025, 3, 3).toordinal(), date(2025, 3, 9).toordinal()], 7)
    assert axis is not None
    assert blank_line(axis).plain == "     ░░"
    assert blank_line(axis, frozenset((4, 5))).plain == "    ░░ "  # Friday and Saturday


def test_the_picture_uses_the_weekend_of_the_sites_country(tmp_path: Path) -> None:
    schedule = planned(tmp_path, Site(public=Holidays()))
    # from the Monday of dose 1: ■, Tue, Wed, Thu, then Fri and Sat
    assert "■   ░░" in row_of(schedule, "Dose 1")


class Holidays:
    """The holidays of a country that has none, with Friday and Saturday as its weekend."""

    told = "XX"
    weekend = frozenset((4, 5))
    last_year = None

    def of(self, year: int) -> Mapping[date, str]:
        return {}

    def working_weekends(self, year: int) -> Collection[date]:
        return ()

    def is_estimated(self, day: date) -> bool:
        return False


# --- the dates that work ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Screening", "works: 20 of 28 dates"),  # four weeks from Monday to Friday
        ("Dose 2", "works: Mon 10, Tue 11 Mar"),
        ("Follow up", "works: 11 of 15 dates"),  # without two weekends
    ],
)
def test_the_dates_that_work_stand_below_the_window(name: str, told: str, tmp_path: Path) -> None:
    assert below(planned(tmp_path, Site(closures=(WEEKENDS,))), name) == told


def test_one_date_that_works_is_the_only_one() -> None:
    protocol, _ = read_file(library.bundled() / "cc312.yaml", (), library.bundled())
    assert protocol is not None
    schedule = plan(protocol, Subject("", {"dose-1": Dated(date(2025, 3, 1))}), Site(closures=(WEEKENDS,)))
    # Day 8, 15 and 22 are Saturdays, so ±1 d leaves the Friday before each; the other windows are Monday to Wednesday
    found = {name: window_days(schedule, visit) for name, visit in ((v.id, v) for v in schedule.visits)}
    fridays = {"dose-3": date(2025, 3, 7), "dose-5": date(2025, 3, 14), "dose-7": date(2025, 3, 21)}
    for name, friday in fridays.items():
        days = found[name]
        assert days is not None
        assert (days.works, sorted(day.day - friday.day for day in days.closed)) == ((friday,), [1, 2])
    for name in ("dose-2", "dose-4", "dose-6", "dose-8"):
        days = found[name]
        assert days is not None
        assert (len(days.works), days.closed, days.impossible) == (3, {}, ())
    assert "only Fri 7 Mar" in below(schedule, "Dose 3")
    assert "◆⊗×" in row_of(schedule, "Dose 3", 200)


@pytest.mark.parametrize(
    ("closed", "told"),
    [
        # the follow-up is on Wed 9 to Wed 23 April
        ([(9, 18)], "works: SAT 19 – Wed 23 Apr"),
        ([(9, 11), (13, 22)], "works: SAT 12, Wed 23 Apr"),
        ([(9, 9)], "works: Thu 10 – Wed 23 Apr"),
        ([(10, 17)], "works: 7 of 15 dates"),
        ([(9, 22)], "only Wed 23 Apr"),
    ],
)
def test_dates_that_follow_each_other_are_told_as_one(
    closed: list[tuple[int, int]], told: str, tmp_path: Path
) -> None:
    days = tuple(Dates(date(2025, 4, first), date(2025, 4, last)) for first, last in closed)
    text = EXAMPLE.replace("last dose, window: ±7 d", "Day 15, window: ±7 d").replace("30 d after Day 15", "Day 45")
    schedule = planned(tmp_path, Site(closures=(Closure(days, "holidays"),)), text=text)
    assert below(schedule, "Follow up").removeprefix("target Wed 16 Apr  Day 45   ") == told


def test_dates_of_two_years_say_so(tmp_path: Path) -> None:
    # screening is on Mon 9 December 2024 to Sun 5 January 2025
    closed = Closure((Dates(date(2024, 12, 10), date(2025, 1, 1)), Dates(date(2025, 1, 3), date(2025, 1, 5))), "x")
    schedule = planned(tmp_path, Site(closures=(closed,)), dose_1=date(2025, 1, 6))
    assert below(schedule, "Screening") == "works: Mon 9 Dec,"
    assert any(line.strip() == "Thu 2 Jan 2025" for line in visits_told(schedule, 60).splitlines())


def test_runs_join_dates_that_follow_each_other() -> None:
    days = [date(2025, 2, 27), date(2025, 2, 28), date(2025, 3, 1), date(2025, 3, 3), date(2025, 3, 4)]
    assert runs(days) == [(days[0], days[2]), (days[3], days[3]), (days[4], days[4])]
    assert runs(days, least=2) == [(days[0], days[2]), (days[3], days[4])]
    assert runs([]) == []


# --- why days are closed ----------------------------------------------------------------------------------------


def closed_list(schedule: Schedule) -> list[str]:
    lines = lines_of(schedule)
    start = next(i for i, line in enumerate(lines) if line.startswith("Closed: "))
    end = next(i for i in range(start + 1, len(lines)) if not lines[i].startswith("        "))
    return [line[8:] for line in lines[start:end]]


def test_closed_dates_are_listed_with_their_reasons(tmp_path: Path) -> None:
    christmas = Closure((Dates(date(2024, 12, 24), date(2024, 12, 26)),), "Christmas")
    audit = Closure((Dates(date(2025, 1, 2), date(2025, 1, 2)),), "audit")
    elsewhere = Closure((Dates(date(2025, 6, 2), date(2025, 6, 2)),), "in no window")
    site = Site(closures=(audit, christmas, WEEKENDS, elsewhere))
    # screening is on Mon 9 December 2024 to Sun 5 January 2025
    schedule = planned(tmp_path, site, dose_1=date(2025, 1, 6))
    assert closed_list(schedule) == ["weekends", "Tue 24 – Thu 26 Dec (Christmas)", "Thu 2 Jan 2025 (audit)"]


def test_a_single_day_of_a_weekend_is_told_with_its_date(tmp_path: Path) -> None:
    text = EXAMPLE.replace("  screening: {at: 1-28 d before dose-1}\n", "").replace(", Day 15", "").replace("±7", "0")
    assert closed_list(planned(tmp_path, Site(closures=(WEEKENDS,)), text=text)) == ["SUN 9 Mar (weekend)"]


def test_days_without_opening_hours_are_weekends_too(tmp_path: Path) -> None:
    hours = DayHours((Weekdays(frozenset(range(5)), "Mon to Fri"),), ((480, 960),))
    assert closed_list(planned(tmp_path, Site(hours=(hours,)))) == ["weekends"]


def test_many_closed_dates_are_counted(tmp_path: Path) -> None:
    wednesdays = Closure((Weekdays(frozenset((2,)), "Wednesdays"),), "staff training")
    # 5, 12, 19, 26 February, and of the follow-up's window 9, 16, 23 April
    assert closed_list(planned(tmp_path, Site(closures=(wednesdays,)))) == [
        "7 dates, Wed 5 Feb to Wed 23 Apr (staff training)"
    ]


def test_a_long_list_of_closed_dates_is_cut(tmp_path: Path) -> None:
    site = closed_on({date(2025, 2, day): f"reason {day}" for day in range(3, 24, 2)})
    found = closed_list(planned(tmp_path, site))
    assert (len(found), found[0], found[-1]) == (8, "Mon 3 Feb (reason 3)", "... and 4 more")  # of eleven


@pytest.mark.parametrize("width", [60, 61, 72, 80, 99, 100, 120, 140, 200])
def test_every_line_fits_every_width(width: int, tmp_path: Path) -> None:
    reasons = {date(2025, 2, day): f"{day} [red] \x1b[31m {'word ' * 20}{'long' * 60}" for day in range(3, 28, 3)}
    site = Site(closures=(WEEKENDS, *closed_on(reasons).closures))
    for schedule in (
        planned(tmp_path, site),
        planned(tmp_path, site, A_WEEK),
        planned(tmp_path, site, screening=MONDAY),
    ):
        text = "".join(lines_of(schedule, width))
        assert text.isprintable()
        coloured = plan_text(schedule, width=width, colour=True)
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plan_text(schedule, width=width, colour=False)


# --- JSON and CSV -----------------------------------------------------------------------------------------------


def test_json_tells_the_feasible_dates_last(tmp_path: Path) -> None:
    visits = json.loads(json_text(planned(tmp_path, Site(closures=(WEEKENDS,)))))["visits"]
    assert {list(visit)[-1] for visit in visits} == {"feasible_dates"}
    found = {visit["id"]: visit["feasible_dates"] for visit in visits}
    assert found["dose-1"] == ["2025-03-03"]
    assert found["dose-2"] == ["2025-03-10", "2025-03-11"]
    assert found["dose-3"] == ["2025-03-17", "2025-03-18"]
    assert len(found["screening"]) == 20
    # dose 3 can also be on Tue 18 March, and then the follow-up until Thu 24 April
    assert (found["follow-up"][0], found["follow-up"][-1]) == ("2025-04-09", "2025-04-24")
    assert found["report"] is None


def test_csv_has_no_column_for_them(tmp_path: Path) -> None:
    schedule = planned(tmp_path, Site(closures=(WEEKENDS,)))
    assert csv_text([schedule]).splitlines()[0].endswith(",source,notes")


# --- the calendar -----------------------------------------------------------------------------------------------


def other_dates(schedule: Schedule, **options: object) -> dict[str, str]:
    events = Calendar.from_ical(calendar_bytes(schedule, now=NOW, **options)).walk("VEVENT")  # type: ignore[arg-type]
    lines = ((str(event["SUMMARY"]), line) for event in events for line in str(event["DESCRIPTION"]).split("\n"))
    return {title: line for title, line in lines if "other date" in line.lower()}


def test_a_calendar_tells_the_other_dates_that_work(tmp_path: Path) -> None:
    schedule = planned(tmp_path, Site(closures=(WEEKENDS, *closed_on({date(2025, 3, 18): "audit"}).closures)))
    assert other_dates(schedule) == {
        "Screening S-01": "Other dates that work: Tue 4 Feb to Fri 7 Feb, Mon 10 Feb to Fri 14 Feb, "
        "Mon 17 Feb to Fri 21 Feb, Mon 24 Feb to Fri 28 Feb",
        "Dose 2 S-01": "Other dates that work: Tue 11 Mar",
        "Dose 3 S-01": "No other date works",
        "Follow up S-01": "Other dates that work: Wed 9 Apr to Fri 11 Apr, Mon 14 Apr, Tue 15 Apr, Thu 17 Apr, "
        "Fri 18 Apr, Mon 21 Apr to Wed 23 Apr",
    }
    assert other_dates(schedule, windows="none") == {}


def test_a_calendar_without_closures_is_as_it_was(tmp_path: Path) -> None:
    assert other_dates(planned(tmp_path, rules=A_WEEK)) == {}
    assert other_dates(planned(tmp_path, closed_on({date(2025, 12, 24): "Christmas"}))) == {}
