"""Public holidays close a site: days of official calendars, written down by hand, through a site's file.

China: the notices of the State Council's General Office for 2025 and 2026. Germany: the states' holiday acts, as the
interior ministries list them for 2025. United States: the Office of Personnel Management's federal holidays.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest

from trialcal.files.phrases import Mistake
from trialcal.files.public_holidays import parse_public, public_holidays
from trialcal.files.sites import load_site
from trialcal.opening import opening_of


@pytest.fixture
def opening(tmp_path):
    """The open days of a site that closes on weekends and keeps a country's holidays."""

    def make(holidays, more=""):
        text = "name: Ward\ntime_zone: UTC\nclosed:\n  - {on: weekends, reason: weekend}\n"
        (tmp_path / "ward.yaml").write_text(f"{text}holidays: {holidays}\n{more}", encoding="utf-8")
        site, problems = load_site("ward.yaml", tmp_path)
        assert problems == ()
        return opening_of(site)

    return make


def days(*spans):
    """The days of spans such as `2025-01-28/2025-02-04`, both ends with them."""
    for span in spans:
        first, _, last = span.partition("/")
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last or first):
            yield day
            day += timedelta(days=1)


def year(number):
    return days(f"{number}-01-01/{number}-12-31")


def is_open(opening, day):
    return bool(opening.day("", day.toordinal()).hours)


# --- China --------------------------------------------------------------------------------------------------

CHINA = {
    2025: (
        ("2025-01-01", "2025-01-28/2025-02-04", "2025-04-04/2025-04-06", "2025-05-01/2025-05-05",
         "2025-05-31/2025-06-02", "2025-10-01/2025-10-08"),
        ("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
    ),
    2026: (
        ("2026-01-01/2026-01-03", "2026-02-15/2026-02-23", "2026-04-04/2026-04-06", "2026-05-01/2026-05-05",
         "2026-06-19/2026-06-21", "2026-09-25/2026-09-27", "2026-10-01/2026-10-07"),
        ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("number", CHINA)
def test_every_day_of_china(opening, number):
    """All days of the year: weekends are closed but for those on which people work, and so are the holidays."""
    china = opening("{country: CN}")
    off, working = (set(days(*spans)) for spans in CHINA[number])
    for day in year(number):
        assert is_open(china, day) is (day in working or (day.weekday() < 5 and day not in off)), day


def test_why_a_day_of_china_is_closed(opening):
    china = opening("{country: CN}")
    assert china.day("", date(2025, 1, 29).toordinal()).reason == "Chinese New Year (Spring Festival)"
    assert china.day("", date(2025, 2, 4).toordinal()).reason == "Day off (substituted from 2025-02-08)"
    assert china.day("", date(2025, 2, 1).toordinal()).reason == "weekend"


def test_working_weekends_have_their_own_hours(opening):
    hours = "hours:\n  Mon-Fri: 08:00-16:00\n  working weekend days: 09:00-12:00\n"
    china = opening("{country: CN}", hours)
    assert china.day("", date(2025, 1, 26).toordinal()).hours == ((540, 720),)
    assert china.day("", date(2025, 1, 27).toordinal()).hours == ((480, 960),)
    assert china.day("", date(2025, 2, 9).toordinal()).hours == ()


def test_days_swapped_over_the_new_year():
    """30 and 31 December 2006, a Saturday and a Sunday, were worked for 2 and 3 January 2007."""
    found = parse_public("CN").working_weekends(2006)
    assert {date(2006, 12, 30), date(2006, 12, 31)} <= set(found)
    assert {day.year for day in found} == {2006}


def test_china_is_known_until_its_last_notice(opening):
    china = opening("{country: CN}")
    last = china.site.public.last_year
    assert 2026 <= last < 2050
    assert list(china.holiday_years(date(last + more, 6, 1).toordinal() for more in (0, 1, 2))) == [
        last + 1,
        last + 2,
    ]


# --- Germany ------------------------------------------------------------------------------------------------

EVERYWHERE = {"01-01", "04-18", "04-21", "05-01", "05-29", "06-09", "10-03", "12-25", "12-26"}
GERMANY = {
    "BY": EVERYWHERE | {"01-06", "06-19", "11-01"},
    "BE": EVERYWHERE | {"03-08", "05-08"},  # 8 May in 2025 alone
    "BB": EVERYWHERE | {"04-20", "06-08", "10-31"},
    "NW": EVERYWHERE | {"06-19", "11-01"},
    "none": EVERYWHERE,
}


@pytest.mark.parametrize("part", GERMANY)
def test_every_holiday_of_a_german_state(opening, part):
    german = opening(f"{{country: DE, subdivision: {part}}}")
    found = {day for day in year(2025) if german.day("", day.toordinal()).reason not in ("", "weekend")}
    on_weekdays = {day for day in year(2025) if day.weekday() < 5 and f"{day:%m-%d}" in GERMANY[part]}
    assert found == on_weekdays
    assert set(german.site.public.of(2025)) == {day for day in year(2025) if f"{day:%m-%d}" in GERMANY[part]}
    assert german.site.public.told == ("DE" if part == "none" else f"DE-{part}")


def test_no_weekend_is_worked_in_germany():
    german = parse_public("DE-BY")
    assert german.working_weekends(2025) == frozenset()
    assert not german.swaps
    assert german.last_year >= 2100
    assert german.of(2025)[date(2025, 6, 19)] == "Corpus Christi"


# --- United States ------------------------------------------------------------------------------------------

FEDERAL = {
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
}


@pytest.mark.parametrize("number", FEDERAL)
def test_every_federal_holiday(opening, number):
    """4 July 2026 is a Saturday, observed on the 3rd; 1 January 2028 is one too, observed on 31 December 2027."""
    federal = opening("{country: US, subdivision: none}")
    closed = {f"{day:%m-%d}" for day in year(number) if day.weekday() < 5 and not is_open(federal, day)}
    assert closed == set(FEDERAL[number].split())


def test_a_state_has_its_own(opening):
    """Patriots' Day of Massachusetts is the third Monday of April."""
    assert not is_open(opening("{country: US, subdivision: MA}"), date(2026, 4, 20))
    assert is_open(opening("{country: US, subdivision: CA}"), date(2026, 4, 20))


# --- weekends, estimates, names -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "weekend"),
    [("DE-BY", {5, 6}), ("SA", {4, 5}), ("IL", {4, 5}), ("AE", {5, 6}), ("MY-01", {5, 6}), ("MY-03", {4, 5})],
)
def test_weekend(place, weekend):
    """The Emirates moved theirs in 2022, Johor (MY-01) in 2025; Kelantan (MY-03) kept Friday and Saturday."""
    assert parse_public(place).weekend == weekend


def test_weekends_are_those_of_the_country(opening):
    saudi = opening("{country: SA}")
    assert [is_open(saudi, day) for day in days("2025-11-06/2025-11-09")] == [True, False, False, True]  # Thu to Sun


@pytest.mark.parametrize("place", ["EG", "SA"])
def test_dates_by_the_moon_are_estimated(place):
    public = parse_public(place)
    eid = [day for day, name in public.of(2030).items() if "Eid al-Fitr" in name]
    assert eid
    assert all(public.is_estimated(day) for day in eid)
    fixed = {"EG": date(2030, 1, 7), "SA": date(2030, 9, 23)}[place]
    assert fixed in public.of(2030)
    assert not public.is_estimated(fixed)


def test_nothing_is_estimated_where_no_moon_decides():
    public = parse_public("DE-BY")
    assert not any(public.is_estimated(day) for day in (*public.of(2030), date(2030, 7, 1)))


def test_two_holidays_on_a_day_are_told_with_and():
    assert parse_public("DE").of(2008)[date(2008, 5, 1)] == "Ascension Day and Labor Day"


@pytest.mark.parametrize(
    ("text", "told"),
    [("CN", "CN"), ("cn", "CN"), (" DE-BY ", "DE-BY"), ("de-bayern", "DE-BY"), ("US-CA", "US-CA"), ("AT-9", "AT-9"),
     ("GB-England", "GB-ENG"), ("DE-none", "DE"), ("US-california", "US-CA")],
)  # fmt: skip
def test_short_form(text, told):
    assert parse_public(text).told == told


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "there is no country ''", "write the country's two letters, as DE, CN or US"),
        ("XQ", "there is no country 'XQ'", "write the country's two letters, as DE, CN or US"),
        ("China", "there is no country 'China'", "did you mean `CN` (China)?"),
        ("Germny", "there is no country 'Germny'", "did you mean `DE` (Germany)?"),
        ("United States", "there is no country 'United States'", "did you mean `US` (United States)?"),
        ("hong kong", "there is no country 'hong kong'", "did you mean `HK` (Hongkong)?"),
        ("USA", "there is no country 'USA'", "did you mean `US` (United States)?"),
        ("UK", "there is no country 'UK'", "did you mean `GB` (United Kingdom)?"),
        ("DE-", "'DE-' names no part of the country", "write it as DE-BY, or the country alone"),
        ("CN-BJ", "China (CN) has no parts with holidays of their own", "leave the subdivision out"),
        ("DE-DE-BY", "Germany (DE) has no part 'DE-BY'", "did you mean `BY`?"),
        ("DE-Bayren", "Germany (DE) has no part 'Bayren'", "did you mean `BY` (Bayern) or `HB` (Bremen)?"),
        ("US-XX", "United States (US) has no part 'XX'", "write its code, as one of AK, AL, AR, AS, AZ"),
        ("CA-XX", "Canada (CA) has no part 'XX'", "known here: AB, BC, MB, NB, NL, NS, NT, NU, ON, PE, QC, SK, YT"),
        ("x" * 200, f"there is no country '{'x' * 40}'", "write the country's two letters, as DE, CN or US"),
        ("DE-ＢＹ１", "'DE-ＢＹ１' has the digit '１'", "type the digits 0-9"),
    ],
)
def test_unknown_names(text, message, hint):
    with pytest.raises(Mistake) as caught:
        parse_public(text)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_every_country_gives_its_holidays():
    """Nothing that the package knows makes this room fail; every country has some holiday in 2025 or 2026."""
    from holidays.registry import COUNTRIES

    without = set()
    for _, code, *_ in COUNTRIES.values():
        public = public_holidays(code, None)
        assert public.weekend
        assert public.told == code
        found = {**public.of(2025), **public.of(2026)}
        assert all("/" not in name or not any(part.isdigit() for part in name.split("/")) for name in found.values())
        assert not any(public.is_estimated(day) and "estimated" not in found[day] for day in found)
        if not found:
            without.add(code)
    assert without <= {"AQ", "BV", "HM", "IO", "UA"}  # nobody lives there; Ukraine has none under martial law


def test_working_weekends_are_days_of_the_weekend_and_no_holidays():
    for place in ("AM", "AZ", "BG", "BY", "CN", "HU", "KG", "KZ", "LV", "MM", "RU", "TW", "UA", "UZ", "VN"):
        public = parse_public(place)
        assert public.swaps
        worked = [day for number in range(2000, 2028) for day in public.working_weekends(number)]
        assert worked
        for day in worked:
            assert day not in public.of(day.year)
            assert day.weekday() in (5, 6), (place, day)


def test_years_that_are_not_worked_out(recwarn):
    """Of India the package knows the Hindu holidays until 2035, and warns where it is asked for more."""
    india = parse_public("IN")
    assert india.last_year == 2035
    assert len(india.of(2036)) < len(india.of(2035))
    assert not recwarn.list


def test_far_years_are_asked_for_without_harm():
    public = parse_public("CN")
    assert public.of(1) == {}
    assert dict(public.of(9999)) == {}


def test_the_package_is_not_imported_before_a_country_is_named():
    program = "import sys, trialcal.files.sites, trialcal.cli.planning; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
