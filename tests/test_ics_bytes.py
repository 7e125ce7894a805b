"""The calendar's bytes: folds, escapes, line ends, and the same bytes twice, whatever the text."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
import vobject
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar
from made_schedules import NEW_YORK, NOW, made_schedule, made_visit, small_schedule

from trialcal.writers.ics import calendar_bytes
from trialcal.writers.ics_bytes import folded


def assert_well_formed(data: bytes) -> None:
    """Check what calendar programs stumble over: line ends, folds, escapes, UIDs."""
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    lines = data.split(b"\r\n")[:-1]
    for line, following in zip(lines, [*lines[1:], b""], strict=True):
        assert 0 < len(line) <= 75
        line.decode()  # raises where a character is cut in two
        open_backslashes = (len(line) - len(line.rstrip(b"\\"))) % 2
        assert not (open_backslashes and following.startswith(b" ")), "folded inside an escape"
    for line in data.replace(b"\r\n ", b"").decode().split("\r\n"):
        name, _, value = line.partition(":")
        if name in ("SUMMARY", "DESCRIPTION", "NAME", "X-WR-CALNAME", "X-WR-CALDESC"):
            assert re.fullmatch(r"(?:[^\\;,\x00-\x08\x0a-\x1f\x7f]|\\[\\;,n])*", value)
    uids = re.findall(rb"\r\nUID:(.*)\r\n", data)
    assert len(set(uids)) == len(uids) == data.count(b"BEGIN:VEVENT")


def test_same_input_same_bytes() -> None:
    first, second = (calendar_bytes(small_schedule(), now=NOW) for _ in range(2))
    assert first == second
    assert_well_formed(first)


def test_now_is_told_in_utc_and_must_be_aware() -> None:
    there = NOW.astimezone(NEW_YORK)
    assert calendar_bytes(small_schedule(), now=there) == calendar_bytes(small_schedule(), now=NOW)
    with pytest.raises(ValueError, match="time zone"):
        calendar_bytes(small_schedule(), now=datetime(2025, 2, 1))


def test_order_of_the_visits_does_not_matter() -> None:
    schedule = small_schedule()
    turned = schedule._replace(visits=schedule.visits[::-1])
    assert calendar_bytes(turned, now=NOW) == calendar_bytes(schedule, now=NOW)


AWKWARD = st.sampled_from('\\\\\\;,\n:"Nné€𝄞 ')
ANY = st.text(AWKWARD | st.characters(exclude_categories=("Cs",)), max_size=300)
PRINTED = st.text(AWKWARD | st.characters(exclude_categories=("C", "Z")), max_size=300)


@given(ANY)
@example("C:\\New\\next" * 20)
@example("\\" * 200)
@example("\r\n\r\x0b\x85\u2028" * 20)
def test_any_text_is_well_formed(name: str) -> None:
    visit = made_visit("dose", date(2025, 3, 4), name=name, notes=(name,))
    assert_well_formed(calendar_bytes(made_schedule(visit), now=NOW))


@given(PRINTED)
@example("C:\\New\\next")
def test_text_is_read_back_as_it_was(name: str) -> None:
    visit = made_visit("dose", date(2025, 3, 4), name=f"x{name}x")
    data = calendar_bytes(made_schedule(visit), now=NOW)
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    assert event["SUMMARY"] == f"x{name}x"
    assert vobject.readOne(data.decode()).vevent.summary.value == f"x{name}x"


@given(st.text(st.sampled_from("ab\\;é€𝄞"), max_size=400))
def test_folds_only_add_line_breaks(text: str) -> None:
    assert folded(text).replace(b"\r\n ", b"") == text.encode() + b"\r\n"


def test_a_fold_uses_its_75_octets() -> None:
    assert folded("a" * 75) == b"a" * 75 + b"\r\n"
    assert folded("a" * 150) == b"a" * 75 + b"\r\n " + b"a" * 74 + b"\r\n a\r\n"
    assert folded("a" * 73 + "\\\\" + "b") == b"a" * 73 + b"\\\\\r\n b\r\n"
    assert folded("a" * 72 + "\\\\" + "\\n") == b"a" * 72 + b"\\\\\r\n \\n\r\n"
