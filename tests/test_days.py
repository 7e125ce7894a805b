"""Study days, months, elapsed time: against plain datetime arithmetic written anew here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from trialcal.days import (
    Count,
    Duration,
    Elapsed,
    Months,
    StudyDays,
    add,
    clock_of,
    count_of,
    day_of,
    exists,
    first_minute,
    last_minute,
    minute_of,
    occurs_twice,
    subtract,
)

NEW_YORK = ZoneInfo("America/New_York")
ZONES = [None, NEW_YORK, *map(ZoneInfo, ("Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Asia/Shanghai"))]
days = st.integers(date(1900, 1, 1).toordinal(), date(2200, 12, 31).toordinal())
DST_YEARS = st.integers(date(2020, 1, 1).toordinal(), date(2030, 12, 31).toordinal())


def month_added(day, months):
    """Add months as python-dateutil does, which clips to the last day of a shorter month."""
    return day + relativedelta(months=months)


# --- study days ---------------------------------------------------------------------------------------------


@given(distance=st.integers(-5000, 5000), number=st.integers(-3, 30))
def test_a_study_day_and_its_distance_are_each_others_reverse(distance, number):
    for counting in (StudyDays(1, day_zero=False), StudyDays(number, day_zero=True)):
        assert counting.distance(counting.study_day(distance)) == distance


@given(distance=st.integers(-5000, 5000))
def test_without_a_day_zero_there_is_none(distance):
    assert StudyDays(1, day_zero=False).study_day(distance) != 0
    with pytest.raises(ValueError, match="no Day 0"):
        StudyDays(1, day_zero=False).distance(0)


@pytest.mark.parametrize(
    ("counting", "expected"),
    [
        (StudyDays(1, day_zero=False), {-2: -2, -1: -1, 0: 1, 1: 2}),
        (StudyDays(0, day_zero=True), {-2: -2, -1: -1, 0: 0, 1: 1}),
        (StudyDays(1, day_zero=True), {-2: -1, -1: 0, 0: 1, 1: 2}),
    ],
)
def test_numbers_around_the_anchor(counting, expected):
    assert {distance: counting.study_day(distance) for distance in expected} == expected


# --- calendar units -----------------------------------------------------------------------------------------


@given(day=days, months=st.integers(0, 360))
def test_months_are_added_and_taken_in_one_step(day, months):
    here = date.fromordinal(day)
    assert add(here, Duration(months, "months")) == month_added(here, months)
    assert subtract(here, Duration(months, "months")) == month_added(here, -months)


def test_two_single_months_are_not_two_months():
    assert add(date(2027, 1, 31), Duration(2, "months")) == date(2027, 3, 31)
    once = add(date(2027, 1, 31), Duration(1, "months"))
    assert add(once, Duration(1, "months")) == date(2027, 3, 28)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (Duration(26, "weeks"), date(2027, 3, 1)),
        (Duration(180, "days"), date(2027, 2, 27)),
        (Duration(6, "months"), date(2027, 2, 28)),
        (Duration(1, "years"), date(2027, 8, 31)),
    ],
)
def test_units_are_different_units(duration, expected):
    assert add(date(2026, 8, 31), duration) == expected


steps = st.one_of(
    st.integers(-400, 400),
    st.builds(Months, st.integers(-30, 30)),
    st.builds(
        Elapsed,
        st.one_of(st.sampled_from([-4320, -2880, -60, 0, 60, 2880, 2820, 4320]), st.integers(-9000, 9000)),
        st.sampled_from(["first", "middle", "last"]),
        st.sampled_from(ZONES),
    ),
)


@given(day=DST_YEARS, parts=st.lists(steps, max_size=3), goal=st.integers(-900, 900))
def test_the_reverse_of_a_step_is_exact(day, parts, goal):
    """last_within is the largest, first_reaching the smallest day: found here by going day by day."""
    step = Count(parts)
    goal += step.apply(day)
    last, first = step.last_within(goal), step.first_reaching(goal)
    assert step.apply(last) <= goal < step.apply(last + 1)
    assert step.apply(first - 1) < goal <= step.apply(first)


@given(day=DST_YEARS, parts=st.lists(steps, max_size=3))
def test_a_step_never_turns_the_order_round(day, parts):
    step = Count(parts)
    assert step.apply(day) <= step.apply(day + 1)


@given(day=DST_YEARS, one=st.lists(steps, max_size=2), other=st.lists(steps, max_size=2))
def test_one_step_then_another(day, one, other):
    assert Count(one).then(Count(other)).apply(day) == Count(other).apply(Count(one).apply(day))


def test_a_step_of_days_is_a_shift():
    assert count_of(Duration(3, "weeks"), -1).shift == -21
    assert count_of(Duration(3, "months")).shift is None
    assert Count().shift == 0


# --- minutes ------------------------------------------------------------------------------------------------


@given(day=DST_YEARS, zone=st.sampled_from(ZONES))
def test_a_day_has_all_its_minutes(day, zone):
    assert day_of(first_minute(day, zone), zone) == day
    assert day_of(last_minute(day, zone), zone) == day
    assert last_minute(day, zone) + 1 == first_minute(day + 1, zone)


@given(
    clock=st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31)),
    zone=st.sampled_from(ZONES),
)
def test_minutes_go_through_utc(clock, zone):
    clock = clock.replace(second=0, microsecond=0, fold=0)
    minute = minute_of(clock, zone)
    aware = clock.replace(tzinfo=zone or UTC)
    assert minute * 60 == (aware.astimezone(UTC) - datetime(1, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    if zone is None or exists(clock, zone):
        assert clock_of(minute, zone).replace(tzinfo=None) == clock


@given(day=DST_YEARS, zone=st.sampled_from(ZONES), minutes=st.integers(-6000, 6000))
def test_elapsed_dates_are_those_of_some_moment_of_the_day(day, zone, minutes):
    """Every minute of the day, shifted through UTC, lies on a date between the two; both are reached."""
    start = datetime.combine(date.fromordinal(day), datetime.min.time(), tzinfo=zone or UTC).astimezone(UTC)
    end = datetime.combine(date.fromordinal(day + 1), datetime.min.time(), tzinfo=zone or UTC).astimezone(UTC)
    reached = set()
    moment = start
    while moment < end:
        reached.add((moment + timedelta(minutes=minutes)).astimezone(zone or UTC).date().toordinal())
        moment += timedelta(
            minutes=1 if moment + timedelta(hours=2) > end or moment < start + timedelta(hours=2) else 30
        )
    assert Elapsed(minutes, "first", zone).apply(day) == min(reached)
    assert Elapsed(minutes, "last", zone).apply(day) == max(reached)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (datetime(2027, 3, 12, 12), 47, datetime(2027, 3, 14, 12)),  # the design's New York week-end
        (datetime(2027, 3, 12, 12), 48, datetime(2027, 3, 14, 13)),
        (datetime(2027, 3, 11, 23, 30), 72, datetime(2027, 3, 15, 0, 30)),
        (datetime(2027, 3, 10, 14), 28 * 24, datetime(2027, 4, 7, 15)),
        (datetime(2027, 11, 6, 12), 48, datetime(2027, 11, 8, 11)),
    ],
)
def test_hours_are_elapsed_time_in_new_york(start, hours, end):
    minute = minute_of(start, NEW_YORK) + hours * 60
    assert clock_of(minute, NEW_YORK).replace(tzinfo=None) == end


def test_clocks_that_are_skipped_or_shown_twice():
    assert not exists(datetime(2027, 3, 14, 2, 30), NEW_YORK)
    assert exists(datetime(2027, 3, 14, 3, 30), NEW_YORK)
    assert occurs_twice(datetime(2027, 11, 7, 1, 30), NEW_YORK)
    assert not occurs_twice(datetime(2027, 3, 14, 2, 30), NEW_YORK)
