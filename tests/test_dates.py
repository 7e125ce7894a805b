"""Dates as people give them: one form is read, and for every other form the right one is named."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trialcal.files.dates import parse_date
from trialcal.files.phrases import Mistake


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2025-03-01", (date(2025, 3, 1), None)),
        (" 2025-03-01 ", (date(2025, 3, 1), None)),
        ("2024-02-29", (date(2024, 2, 29), None)),
        ("1900-01-01", (date(1900, 1, 1), None)),
        ("2200-12-31", (date(2200, 12, 31), None)),
        ("2025-03-07T16:30", (date(2025, 3, 7), datetime(2025, 3, 7, 16, 30))),
        ("2025-03-07 16:30", (date(2025, 3, 7), datetime(2025, 3, 7, 16, 30))),
        ("2025-03-07T00:00", (date(2025, 3, 7), datetime(2025, 3, 7, 0, 0))),
    ],
)
def test_date(text, value):
    assert parse_date(text) == value


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("01/03/2025", "write 2025-03-01 or 2025-01-03"),
        ("1.3.2025", "write 2025-03-01 or 2025-01-03"),
        ("29.02.2024", "write 2024-02-29"),
        ("29.02.2025", "write year-month-day"),  # there is no such day in either order
        ("02-29-2024", "write 2024-02-29"),
        ("2025.03.01", "write 2025-03-01"),
        ("2025 3 1", "write 2025-03-01"),
        ("01 03 25", "write year-month-day"),
        ("2025-02-29", "check the day"),
        ("1900-02-29", "check the day"),  # 1900 was no leap year
        ("12025-03-01", "write year-month-day"),
        ("2025-03-01T16:30:00", "write hours and minutes, as T16:30"),
        ("2025-03-01T16:30+01:00", "write hours and minutes, as T16:30"),
        ("01/03/1850", "write year-month-day"),
        ("\uff12025-03-01", "type the digits 0-9"),
        ("2025-03-0\u0661", "type the digits 0-9"),
        ("2025\uff0d03-01", "type an ordinary + or -"),
    ],
)
def test_date_in_another_form(text, hint):
    with pytest.raises(Mistake) as mistake:
        parse_date(text)
    assert mistake.value.hint.startswith(hint)


@given(
    st.text(max_size=30) | st.from_regex(r"[0-9]{1,5}[-./ ][0-9]{1,3}[-./ ][0-9]{1,5}(T[0-9:]{0,6})?", fullmatch=True)
)
@example("0000-01-01")
@example("9999-99-99")
@example("\u0662\u0660\u0662\u0665-\u0660\u0663-\u0660\u0661")
def test_nothing_but_a_mistake_is_raised(text):
    try:
        day, clock = parse_date(text)
    except Mistake as mistake:
        assert mistake.message.isprintable()
    else:
        assert 1900 <= day.year <= 2200
        assert clock is None or clock.date() == day


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_every_date_is_read(day):
    assert parse_date(day.isoformat()) == (day, None)
