"""Verdicts on start dates as pages, JSON and CSV: every expected text is worked by hand from values made by hand."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from made_schedules import made_protocol
from rich.cells import cell_len

from trialcal.protocol import Visit
from trialcal.site import Closure, Possible, Site, Weekend
from trialcal.starts import Moved, Start, Starts
from trialcal.subject import Dated, Subject
from trialcal.timing import OnDay
from trialcal.writers.starts_months import starts_calendar
from trialcal.writers.starts_rows import starts_csv, starts_json
from trialcal.writers.starts_table import starts_text

DOSE_1 = Visit("dose-1", "First dose", OnDay(1), short="Dose 1", type="dose", weight=10)
ASSUMED = {"window": "the record states no windows"}
DOSE_2 = Visit("dose-2", "Second dose", OnDay(8), short="Dose 2", type="dose", weight=10, assumed=ASSUMED)
LAB = Visit("lab", "Laboratory", OnDay(10))
BERLIN = Site("Site 7", ZoneInfo("Europe/Berlin"), closures=(Closure((Weekend(),), "weekend"),))


def march(day: int) -> date:
    return date(2025, 3, day)


def closed(day: date, reason: str = "weekend") -> Start:
    told = f"{('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')[day.weekday()]} {day}"
    return Start(day, "impossible", reason=f"dose-1 cannot be on {told}: closed ({reason})", visits=("dose-1",))


# Dose 2 is a week and the laboratory nine days after the start: on Tue 4 March their targets are Tue 11 and Thu 13.
TUESDAY = Start(
    march(4),
    "in-window",
    (Moved("dose-2", march(11), march(10)), Moved("lab", march(13), march(15))),
    cost=12,  # one day of a dose, which weighs 10, and two days of the laboratory
)
WEDNESDAY = Start(march(5), "in-window", (Moved("lab", march(14), march(13)),), cost=1)
FIVE = (closed(march(1)), closed(march(2)), Start(march(3), "on-target"), TUESDAY, WEDNESDAY)


def made(*starts: Start, **fields: Any) -> Starts:
    values: dict[str, Any] = {
        "protocol": made_protocol(DOSE_1, DOSE_2, LAB),
        "subject": Subject(),
        "site": BERLIN,
        "visit": "dose-1",
        "first": starts[0].day if starts else march(1),
        "last": starts[-1].day if starts else march(2),
        "starts": starts,
    }
    return Starts(**(values | fields))


def text_of(*starts: Start, width: int = 100, best: int | None = None, **fields: Any) -> str:
    return starts_text(made(*starts, **fields), width=width, colour=False, best=best)


def result_of(*starts: Start) -> str:
    line = next(line for line in text_of(*starts).splitlines() if line.startswith("Result"))
    return line.removeprefix("Result").strip()


# --- the table --------------------------------------------------------------------------------------------------

HEAD_100 = """\
Demo study

Protocol    demo
From        registry record NCT00000000, updated 2025-01-01 (not the protocol itself)
Site        Site 7
Time zone   Europe/Berlin
Dates of    First dose (dose-1), Day 1
Range       Sat 2025-03-01 to Wed 2025-03-05
Result      of 5 dates, 3 work: 1 on target, 2 with visits moved; 2 are impossible
"""

PAGE_100 = f"""\
{HEAD_100}
Date            Verdict       What moves, or why it is impossible
{"─" * 100}
SAT 2025-03-01  × impossible  dose-1 cannot be on Sat 2025-03-01: closed (weekend)
SUN 2025-03-02  × impossible  dose-1 cannot be on Sun 2025-03-02: closed (weekend)
Mon 2025-03-03  ● on target
Tue 2025-03-04  ◐ in window   2 visits, 3 d in total (weighted 12): Dose 2 to Mon 2025-03-10 (-1 d),
                              Laboratory to SAT 2025-03-15 (+2 d)
Wed 2025-03-05  ◐ in window   1 visit: Laboratory to Thu 2025-03-13 (-1 d)

● on target: no visit has to move off its target
◐ in window: visits move off their targets, within what the protocol allows
× impossible: not everything can hold (windows, rules, closed days)
Of an impossible date the first reason found is told; there may be others.
(+1 d) is a day after the target, (-1 d) a day before it.
Weighted: each day counts as much as its visit weighs (visits of type dose: 10; others: 1).

Assumed (confirm against the protocol):
· values of 1 of 3 visits; the plan of a date marks them
· window of Dose 2: the record states no windows
"""

PAGE_70 = f"""\
Demo study

Protocol    demo
From        registry record NCT00000000, updated 2025-01-01 (not the
            protocol itself)
Site        Site 7
Time zone   Europe/Berlin
Dates of    First dose (dose-1), Day 1
Range       Sat 2025-03-01 to Wed 2025-03-05
Result      of 5 dates, 3 work: 1 on target, 2 with visits moved; 2
            are impossible

Date            Verdict       What moves, or why it is impossible
{"─" * 70}
SAT 2025-03-01  × impossible  dose-1 cannot be on Sat 2025-03-01:
                              closed (weekend)
SUN 2025-03-02  × impossible  dose-1 cannot be on Sun 2025-03-02:
                              closed (weekend)
Mon 2025-03-03  ● on target
Tue 2025-03-04  ◐ in window   2 visits, 3 d in total (weighted 12):
                              Dose 2 to Mon 2025-03-10 (-1 d),
                              Laboratory to SAT 2025-03-15 (+2 d)
Wed 2025-03-05  ◐ in window   1 visit: Laboratory
                              to Thu 2025-03-13 (-1 d)

● on target: no visit has to move off its target
◐ in window: visits move off their targets, within what the protocol
  allows
× impossible: not everything can hold (windows, rules, closed days)
Of an impossible date the first reason found is told; there may be
others.
(+1 d) is a day after the target, (-1 d) a day before it.
Weighted: each day counts as much as its visit weighs (visits of type
dose: 10; others: 1).

Assumed (confirm against the protocol):
· values of 1 of 3 visits; the plan of a date marks them
· window of Dose 2: the record states no windows
"""

BEST_100 = f"""\
{HEAD_100}
── The best 2 of 3 dates that work, the best first {"─" * 49}
Date            Verdict      What moves
{"─" * 73}
Mon 2025-03-03  ● on target
Wed 2025-03-05  ◐ in window  1 visit: Laboratory to Thu 2025-03-13 (-1 d)

● on target: no visit has to move off its target
◐ in window: visits move off their targets, within what the protocol allows
(+1 d) is a day after the target, (-1 d) a day before it.
The best first: on target, then by the total distance from the targets, each day weighted (visits of
type dose: 10; others: 1); of two alike the earlier.

Assumed (confirm against the protocol):
· values of 1 of 3 visits; the plan of a date marks them
"""


@pytest.mark.parametrize(("width", "page"), [(100, PAGE_100), (70, PAGE_70)])
def test_page(width: int, page: str) -> None:
    assert text_of(*FIVE, width=width) == page


def test_page_of_the_best() -> None:
    assert text_of(*FIVE, best=2) == BEST_100


@pytest.mark.parametrize(
    ("best", "title"),
    [
        (1, "── The best of 3 dates that work ─"),
        (3, "── The 3 dates that work, the best first ─"),
        (9, "── The 3 dates that work, the best first ─"),
    ],
)
def test_best_is_said_with_how_many_there_are(best: int, title: str) -> None:
    text = text_of(*FIVE, best=best)
    assert title in text
    days = re.findall(r"^\w{3} (2025-\d\d-\d\d)  [●◐]", text, re.M)
    assert days == ["2025-03-03", "2025-03-05", "2025-03-04"][:best]  # cost 0, 1, 12


def test_page_where_none_works_groups_the_reasons() -> None:
    priming = [
        Start(march(day), "impossible", reason=f"priming can only be on {told} (Day -3): closed (weekend)")
        for day, told in ((4, "Sat 2025-03-01"), (5, "Sun 2025-03-02"), (11, "Sat 2025-03-08"))
    ]
    text = text_of(closed(march(1)), closed(march(2)), *priming, best=5, width=80)
    assert "\nResult      none of 5 dates works\n" in text
    assert text.endswith(f"""
── Why none works {"─" * 62}
Dates  First date      Why it is impossible
{"─" * 80}
    3  Tue 2025-03-04  priming can only be on Sat 2025-03-01 (Day -3): closed
                       (weekend)
    2  SAT 2025-03-01  dose-1 cannot be on Sat 2025-03-01: closed (weekend)

Of an impossible date the first reason found is told; there may be others. The
same reason on another date is counted with the first.

Assumed (confirm against the protocol):
· values of 1 of 3 visits; the plan of a date marks them
""")


@pytest.mark.parametrize(
    ("starts", "told"),
    [
        ((), "no date of the range is one of these weekdays"),
        (FIVE[:1], "the only date is impossible"),
        (FIVE[:2], "none of 2 dates works"),
        (FIVE[2:3], "the only date works, on target"),
        (FIVE[3:4], "the only date works, with visits moved"),
        (FIVE[1:3], "of 2 dates, 1 works, on target; 1 is impossible"),
        (FIVE[2:], "all 3 dates work: 1 on target, 2 with visits moved"),
        (FIVE[3:], "both dates work, both with visits moved"),
        ((*FIVE[:2], *FIVE[3:]), "of 4 dates, 2 work, both with visits moved; 2 are impossible"),
    ],
)
def test_result_in_words(starts: tuple[Start, ...], told: str) -> None:
    assert result_of(*starts) == told


def test_head_tells_given_dates_weekdays_and_subject() -> None:
    clock = datetime(2025, 2, 20, 9, 30)
    given = {"screening": Dated(date(2025, 2, 3)), "priming": Dated(clock.date(), clock, clock.replace(hour=11))}
    text = text_of(FIVE[2], FIVE[4], subject=Subject("S-01", given), weekdays=frozenset((2, 0)), width=120)
    assert "\nSubject     S-01\n" in text
    assert "\nRange       Mon 2025-03-03 to Wed 2025-03-05, only Mondays, Wednesdays\n" in text
    told = "Given       screening on Mon 2025-02-03; priming on Thu 2025-02-20 09:30, until Thu 2025-02-20 11:30"
    assert f"\n{told}\n" in text


def test_only_four_moves_are_named() -> None:
    moves = tuple(Moved("lab", march(10), march(11)) for _ in range(6))
    text = text_of(Start(march(1), "in-window", moves, cost=6), width=200)
    assert text.count("Laboratory to Tue 2025-03-11 (+1 d)") == 4
    assert "6 visits, 6 d in total: Laboratory" in text
    assert "(+1 d) and 2 more " in " ".join(text.split())
    assert "eighted" not in text  # each day counts as one


def test_visit_of_a_cycle_that_only_this_start_has_is_named_by_its_id() -> None:
    text = text_of(Start(march(1), "in-window", (Moved("c9d1", march(10), march(12)),), cost=2))
    assert "1 visit: c9d1 to Wed 2025-03-12 (+2 d)" in text


def test_weights_of_the_site_are_told() -> None:
    site = Site(possible={"lab": Possible("lab", weight=3), "dose-2": Possible("dose-2", weight=1)})
    moved = Start(march(3), "in-window", (Moved("lab", march(12), march(13)),), cost=3)
    assert "visit weighs (Dose 1: 10; Laboratory: 3; others: 1)." in text_of(moved, site=site)


def test_remarks_stand_below() -> None:
    text = starts_text(made(*FIVE), width=60, colour=False, told=["warning: holidays of 2030 are not known"])
    assert text.endswith(f"\n── Notes {'─' * 51}\n· warning: holidays of 2030 are not known\n")


# --- long lists -------------------------------------------------------------------------------------------------


def days_from(first: date, number: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(number)]


def test_a_month_is_told_date_by_date() -> None:
    text = text_of(*(closed(day) for day in days_from(march(1), 31)))
    assert text.count("× impossible  ") == 31


def test_a_long_list_draws_dates_in_a_row_together_where_nothing_is_lost() -> None:
    audit = [closed(day, "audit") for day in days_from(march(3), 3)]
    work = [Start(day, "on-target") for day in days_from(march(6), 30)]
    last = Start(date(2025, 4, 5), "impossible", reason="priming can only be on Wed 2025-04-02 (Day -3): closed (x)")
    other = Start(date(2025, 4, 6), "impossible", reason="priming can only be on Thu 2025-04-03 (Day -3): closed (x)")
    text = text_of(closed(march(1)), closed(march(2)), *audit, *work, last, other)
    assert (
        """
SAT 2025-03-01     × impossible  dose-1 cannot be on Sat 2025-03-01 to Sun 2025-03-02: closed
to SUN 2025-03-02                (weekend)
Mon 2025-03-03     × impossible  dose-1 cannot be on Mon 2025-03-03 to Wed 2025-03-05: closed
to Wed 2025-03-05                (audit)
Thu 2025-03-06     ● on target
Fri 2025-03-07     ● on target
"""
        in text
    )
    # Each of these has a date of its own in its reason.
    assert "\nSAT 2025-04-05     × impossible  priming can only be on Wed 2025-04-02 (Day -3)" in text
    assert "\nSUN 2025-04-06     × impossible  priming can only be on Thu 2025-04-03 (Day -3)" in text


def test_dates_that_were_not_looked_at_are_never_drawn_into_a_row() -> None:
    mondays = [closed(march(3) + timedelta(days=7 * n), "audit") for n in range(40)]
    text = text_of(*mondays, weekdays=frozenset((0,)))
    assert text.count("× impossible  ") == 40


# --- the calendar -----------------------------------------------------------------------------------------------

# 2025: 28 February is a Friday, 1 March a Saturday, 1 April a Tuesday.
MONTHS_60 = """\
February 2025                  March 2025
Mon Tue Wed Thu Fri SAT SUN    Mon Tue Wed Thu Fri SAT SUN
                     1   2                          1×  2×
 3   4   5   6   7   8   9      3●  4◐  5◐  6   7   8   9
10  11  12  13  14  15  16     10  11  12  13  14  15  16
17  18  19  20  21  22  23     17  18  19  20  21  22  23
24  25  26  27  28●            24  25  26  27  28  29  30
                               31

April 2025
Mon Tue Wed Thu Fri SAT SUN
     1●  2   3   4   5   6
 7   8   9  10  11  12  13
14  15  16  17  18  19  20
21  22  23  24  25  26  27
28  29  30

● on target: no visit has to move off its target
◐ in window: visits move off their targets, within what the
  protocol allows
× impossible: not everything can hold (windows, rules,
  closed days)
Without a sign: not looked at. What moves, and why a date is
impossible, stands in the table.

Assumed (confirm against the protocol):
· values of 1 of 3 visits; the plan of a date marks them
"""


def test_calendar() -> None:
    starts = made(Start(date(2025, 2, 28), "on-target"), *FIVE, Start(date(2025, 4, 1), "on-target"))
    text = starts_calendar(starts, width=60, colour=False)
    result = "Result      of 7 dates, 5 work: 3 on target, 2 with visits\n            moved; 2 are impossible\n\n"
    assert text.partition(result)[2] == MONTHS_60


@pytest.mark.parametrize(("width", "beside"), [(60, 2), (88, 2), (89, 3), (119, 3), (120, 4), (200, 6)])
def test_as_many_months_beside_each_other_as_fit(width: int, beside: int) -> None:
    starts = made(FIVE[2], first=date(2025, 1, 1), last=date(2025, 12, 31))
    text = starts_calendar(starts, width=width, colour=False)
    assert text.count("Mon Tue Wed Thu Fri SAT SUN") == 12
    first = next(line for line in text.splitlines() if line.startswith("January 2025"))
    assert len(re.findall(r"[A-Z][a-z]+ 2025", first)) == beside


def test_calendar_of_whole_months_has_no_dates_without_a_sign() -> None:
    whole = made(*(Start(day, "on-target") for day in days_from(march(1), 31)))
    assert "Without a sign" not in starts_calendar(whole, width=80, colour=False)
    assert "28● 29● 30●\n31●\n" in re.sub(" +\n", "\n", starts_calendar(whole, width=80, colour=False))


def test_calendar_over_the_new_year() -> None:
    starts = made(Start(date(2025, 12, 31), "on-target"), Start(date(2026, 1, 1), "on-target"))
    assert "\nDecember 2025                  January 2026\n" in starts_calendar(starts, width=80, colour=False)


def test_calendar_colours_each_verdict() -> None:
    text = starts_calendar(made(*FIVE), width=80, colour=True)
    for coloured in ("\x1b[31m 1×", "\x1b[32m 3●", "\x1b[33m 4◐"):  # red, green, yellow
        assert coloured in text


# --- JSON and CSV -----------------------------------------------------------------------------------------------


def test_csv() -> None:
    assert starts_csv(made(*FIVE[1:])) == (
        "start,weekday,verdict,moved,days_moved,cost,moves,reason\r\n"
        "2025-03-02,Sun,impossible,,,,,dose-1 cannot be on Sun 2025-03-02: closed (weekend)\r\n"
        "2025-03-03,Mon,on-target,0,0,0,,\r\n"
        "2025-03-04,Tue,in-window,2,3,12,dose-2 2025-03-11 > 2025-03-10; lab 2025-03-13 > 2025-03-15,\r\n"
        "2025-03-05,Wed,in-window,1,1,1,lab 2025-03-14 > 2025-03-13,\r\n"
    )


def test_csv_of_the_best() -> None:
    assert starts_csv(made(*FIVE), best=2) == (
        "start,weekday,verdict,moved,days_moved,cost,moves,reason\r\n"
        "2025-03-03,Mon,on-target,0,0,0,,\r\n"
        "2025-03-05,Wed,in-window,1,1,1,lab 2025-03-14 > 2025-03-13,\r\n"
    )
    assert starts_csv(made(*FIVE[:2]), best=2).count("\r\n") == 1


def test_csv_cells_are_no_formulas_and_quotes_survive() -> None:
    reason = '=HYPERLINK("x", "y")\nsecond line'
    text = starts_csv(made(Start(march(3), "impossible", reason=reason)))
    assert next(row["reason"] for row in csv.DictReader(io.StringIO(text, newline=""))) == "'" + reason


def test_json() -> None:
    given = {"screening": Dated(date(2025, 2, 3)), "priming": Dated(date(2025, 2, 20), datetime(2025, 2, 20, 9, 30))}
    found = made(*FIVE[1:2], *FIVE[3:4], subject=Subject("", given), weekdays=frozenset((6, 1)))
    assert json.loads(starts_json(found)) == {
        "schema": "trialcal.starts/1",
        "protocol": {
            "id": "demo",
            "title": "Demo study",
            "source": "registry record NCT00000000, updated 2025-01-01 (not the protocol itself)",
            "file": None,
            "sha256": None,
        },
        "subject": None,
        "site": "Site 7",
        "visit": "dose-1",
        "from": "2025-03-02",
        "to": "2025-03-04",
        "weekdays": ["Tue", "Sun"],
        "best": None,
        "given": {"screening": "2025-02-03", "priming": "2025-02-20T09:30:00"},
        "counts": {"on-target": 0, "in-window": 1, "impossible": 1},
        "starts": [
            {
                "start": "2025-03-02",
                "weekday": "Sun",
                "verdict": "impossible",
                "moved": None,
                "days_moved": None,
                "cost": None,
                "moves": [],
                "reason": "dose-1 cannot be on Sun 2025-03-02: closed (weekend)",
                "visits": ["dose-1"],
            },
            {
                "start": "2025-03-04",
                "weekday": "Tue",
                "verdict": "in-window",
                "moved": 2,
                "days_moved": 3,
                "cost": 12,
                "moves": [
                    {"visit": "dose-2", "target": "2025-03-11", "planned": "2025-03-10", "days": -1},
                    {"visit": "lab", "target": "2025-03-13", "planned": "2025-03-15", "days": 2},
                ],
                "reason": None,
                "visits": [],
            },
        ],
    }


def test_json_of_the_best_counts_all_dates() -> None:
    text = starts_json(made(*FIVE), best=1)
    found = json.loads(text)
    assert [start["start"] for start in found["starts"]] == ["2025-03-03"]
    assert found["best"] == 1
    assert found["counts"] == {"on-target": 1, "in-window": 2, "impossible": 2}
    assert found["weekdays"] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert text.endswith("}\n") and "\r" not in text


# --- what must hold for every page --------------------------------------------------------------------------------


def hostile() -> Starts:
    name = "[red]x[/red] \x1b[31m\u202e" + "y" * 90
    protocol = made_protocol(
        Visit("dose-1", name, OnDay(1)), Visit("lab", "試験の計画" * 20, OnDay(2)), title=name * 2
    )
    moved = Start(march(3), "in-window", (Moved("lab", march(4), march(5)), Moved("z" * 80, march(4), march(5))), 2)
    return made(
        *(closed(march(1), "z" * 150), moved, closed(march(4), "[/]\x9b\n" + "word " * 60)),
        protocol=protocol,
        subject=Subject("S[/]\x9b1", {"y" * 90: Dated(march(1))}),
    )


def every() -> list[Starts]:
    long = days_from(date(2023, 12, 20), 500)
    return [made(*FIVE), made(*FIVE[:2]), made(), hostile(), made(*(closed(day, "word " * 20) for day in long))]


@pytest.mark.parametrize("width", [60, 61, 70, 80, 100, 140, 200])
def test_every_line_fits_and_colour_is_only_colour(width: int) -> None:
    for starts in every():
        for pages in (
            [starts_calendar(starts, width=width, colour=colour) for colour in (False, True)],
            [starts_text(starts, width=width, colour=colour, told=["n" * 300]) for colour in (False, True)],
            [starts_text(starts, width=width, colour=colour, best=2) for colour in (False, True)],
        ):
            plain, coloured = pages
            assert max(cell_len(line) for line in plain.splitlines()) <= width
            assert plain.replace("\n", "").isprintable()
            assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
            assert coloured != plain
