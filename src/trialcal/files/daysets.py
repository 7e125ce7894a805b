"""Days and hours in words, as a site's file has them: `second Tuesday of the month`, `08:00-12:00 and 13:00-16:00`.

Text in, values of `site` out; a `Mistake` says what is wrong and what to write instead. A room of its own because the
same phrases are read from a site's file and from the command line (`--closed weekends`).
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from difflib import get_close_matches

from trialcal.files.dates import parse_date
from trialcal.files.phrases import Mistake, tidy
from trialcal.opening import hours_told
from trialcal.problems import printable_line
from trialcal.site import (
    ALL_DAY,
    WEEKDAYS,
    AnyDay,
    Dates,
    Days,
    EveryYear,
    Hours,
    NthWeekday,
    Weekdays,
    Weekend,
    WorkingWeekends,
)

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SHORT = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_WEEKDAY = {
    **{name.lower(): number for number, name in enumerate(DAY_NAMES)},
    **{f"{name.lower()}s": number for number, name in enumerate(DAY_NAMES)},
    **{name.lower(): number for number, name in enumerate(WEEKDAYS)},
    **_SHORT,
}
_MONTH = {
    **{name.lower(): number for number, name in enumerate(MONTH_NAMES, 1)},
    **{name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, 1)},
    "sept": 9,
}
_NTH = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1,
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5,
}  # fmt: skip
_TO = r"\s*(?:-|\bto\b|\bthrough\b|\buntil\b)\s*"
_NTH_WEEKDAY = re.compile(rf"(?:(every)\s+|the\s+|on\s+the\s+)?({'|'.join(_NTH)})\s+([a-z]+)(\s+(?:of|in)\b.*)?")
_OF_THE_MONTH = re.compile(r"\s+(?:of|in)\s+(?:the|every|each|a)\s+month")
_DAY_OF_YEAR = r"(?:([0-9]{1,2})\.?\s+([a-z]+)|([a-z]+)\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?)"
_EVERY_YEAR = re.compile(rf"{_DAY_OF_YEAR}(?:{_TO}{_DAY_OF_YEAR})?(,?\s+(?:every|each)\s+year)?")
_SAME_MONTH = re.compile(rf"([0-9]{{1,2}}){_TO}([0-9]{{1,2}})\s+([a-z]+)(.*)")
_WITH_YEAR = re.compile(r"(?:([0-9]{1,2})\.?\s+([a-z]+)|([a-z]+)\s+([0-9]{1,2})),?\s+([0-9]{4})")
_DATED = re.compile(r"[0-9]{4}\b|[0-9]{5,}|[0-9]{1,2}[./-][0-9][0-9./ -]*(?:$|to\b)")
_HINT = (
    "write weekdays (Mon-Fri), 'weekends', 'second Tuesday of the month', a date (2025-12-24), "
    "or '24 December every year'"
)
# What people write for the phrases that there are.
_OTHERS = {
    **dict.fromkeys(("weekday", "weekdays", "working days", "workdays", "business days"), "write 'Mon-Fri'"),
    **dict.fromkeys(("daily", "always", "every day", "all days", "all", "each day"), "write 'any day'"),
    **dict.fromkeys(
        ("holidays", "public holidays", "bank holidays", "holiday"),
        "name the country, and its holidays are closed: `holidays: {country: DE, subdivision: BY}`",
    ),
    **dict.fromkeys(("never", "none", "no", "no day"), "leave the entry out"),
}


def parse_days(text: str) -> Days:
    """Read a phrase for days. Raises Mistake.

    >>> parse_days("2nd Tuesday of the month").told
    'the second Tuesday of the month'
    """
    plain = tidy(text)
    if plain in ("weekends", "weekend", "the weekend", "every weekend", "at weekends", "on weekends"):
        return Weekend()
    if plain in ("working weekend days", "working weekend day", "working weekends"):
        return WorkingWeekends()
    if plain == "any day":
        return AnyDay()
    if plain in _OTHERS:
        raise Mistake(f"'{_shown(text)}' is no phrase for days", _OTHERS[plain])
    if _DATED.match(plain):
        return _dates(text, plain)
    for read in (_nth_weekday, _same_month, _every_year, _weekdays):
        days = read(text, plain)
        if days is not None:
            return days
    raise _no_days(text, plain)


# --- weekdays -----------------------------------------------------------------------------------------------------


def _weekdays(text: str, plain: str) -> Weekdays | None:
    days: set[int] = set()
    told: list[str] = []
    for part in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", plain):
        ends = [_WEEKDAY.get(_bare(end)) for end in re.split(_TO, part)]
        first, last = ends[0], ends[-1]
        if len(ends) > 2 or first is None or last is None:
            return None
        days.update((first + step) % 7 for step in range((last - first) % 7 + 1))
        told.append(WEEKDAYS[first] if len(ends) == 1 else f"{WEEKDAYS[first]}-{WEEKDAYS[last]}")
    return Weekdays(frozenset(days), ", ".join(told))


def is_weekday(text: str) -> bool:
    """Tell whether a text is the name of a weekday."""
    return _bare(text.lower()) in _WEEKDAY


def _bare(word: str) -> str:
    return re.sub(r"^(?:every|each|on|from)\s+", "", word.strip()).removesuffix(".")


def _nth_weekday(text: str, plain: str) -> NthWeekday | None:
    found = _NTH_WEEKDAY.fullmatch(plain)
    if not found or found[3] not in _WEEKDAY:
        return None
    nth, weekday = _NTH[found[2]], _WEEKDAY[found[3]]
    name = next(word for word, number in _NTH.items() if number == nth)
    told = f"{name} {DAY_NAMES[weekday]} of the month"
    if not found[4] or not _OF_THE_MONTH.fullmatch(found[4]):
        every_other = found[1] and nth == 2
        message = "may mean every two weeks" if every_other else "does not say of what"
        raise Mistake(f"'{_shown(text)}' {message}", f"write '{told}', or list the dates")
    return NthWeekday(nth, weekday, f"the {told}")


# --- dates --------------------------------------------------------------------------------------------------------


def _dates(text: str, plain: str) -> Dates:
    ends = [_date(end, text) for end in re.split(r"\s+(?:to|through|until|-)\s+", plain)]
    if len(ends) > 2:
        raise Mistake(f"'{_shown(text)}' has more than two dates", "write '2025-12-24 to 2026-01-01'")
    first, last = ends[0], ends[-1]
    if last < first:
        raise Mistake(f"'{_shown(text)}' ends before it begins", f"write '{last} to {first}'")
    return Dates(first, last, f"{first}" if first == last else f"{first} to {last}")


def _date(text: str, whole: str) -> date:
    if "," in text or " and " in text:
        raise Mistake(f"'{_shown(whole)}' is more than one phrase", "write a list, as [2025-12-24, 2025-12-31]")
    try:
        day, clock = parse_date(re.sub(r"(?<=[0-9])t(?=[0-9])", "T", text))
    except Mistake as mistake:
        raise Mistake(mistake.message, mistake.hint.partition(", with a clock time")[0]) from None
    if clock is not None:
        hint = f"write '{day}', and `hours: 12:00-16:00` beside it for a part of the day"
        raise Mistake(f"'{_shown(whole)}' has a clock time", hint)
    return day


def _same_month(text: str, plain: str) -> EveryYear | None:
    """Read `24 to 27 December every year`."""
    found = _SAME_MONTH.fullmatch(plain)
    return _every_year(text, f"{found[1]} {found[3]} to {found[2]} {found[3]}{found[4]}") if found else None


def _every_year(text: str, plain: str) -> EveryYear | None:
    if dated := _WITH_YEAR.fullmatch(plain):
        month, day = _MONTH.get(dated[2] or dated[3]), int(dated[1] or dated[4])
        if month is not None and 1 <= day <= monthrange(int(dated[5]) or 1, month)[1]:
            hint = f"write {dated[5]}-{month:02}-{day:02}"
            raise Mistake(f"'{_shown(text)}' is not written as a date here", hint)
    found = _EVERY_YEAR.fullmatch(plain)
    if not found:
        return None
    parts = [(found[2] or found[3], found[1] or found[4])]
    if found[5] or found[7]:
        parts.append((found[6] or found[7], found[5] or found[8]))
    if any(month not in _MONTH for month, _ in parts):
        return None
    ends = [(_MONTH[month], int(day)) for month, day in parts]
    for month, day in ends:
        longest = monthrange(2024, month)[1]
        if not 1 <= day <= longest:
            raise Mistake(
                f"'{_shown(text)}': {MONTH_NAMES[month - 1]} has {longest} days, not {day}", "check the day"
            )
    names = [f"{day} {MONTH_NAMES[month - 1]}" for month, day in ends]
    told = f"{' to '.join(names)} every year"
    if not found[9]:
        raise Mistake(f"'{_shown(text)}' has no year", f"write '{told}', or dates with their year, as 2025-12-24")
    return EveryYear(ends[0], ends[-1], told)


# --- what is no phrase ----------------------------------------------------------------------------------------------


def _no_days(text: str, plain: str) -> Mistake:
    shown = _shown(text)
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", plain)
    if len(parts) > 1:
        return Mistake(f"'{shown}' is more than one phrase", "write a list, as [weekends, 2025-12-24]")
    if re.match(r"(every other|every two|every second|biweekly|fortnightly|alternate)\b", plain):
        return Mistake(f"'{shown}' is not understood", "list the dates, as [2025-03-03, 2025-03-17]")
    if re.search(r"[0-9]:[0-9]", plain):
        return Mistake(f"'{shown}' has a clock time", "write the days alone, and `hours: 08:00-16:00` beside them")
    names = [*_WEEKDAY, "weekends", "working weekend days", "any day"]
    near = get_close_matches(_bare(plain), names, 1, 0.7) if len(plain) <= 40 else []
    if near:
        known = DAY_NAMES[_WEEKDAY[near[0]]] if near[0] in _WEEKDAY else near[0]
        return Mistake(f"'{shown}' is no phrase for days", f"did you mean '{known}'?")
    return Mistake(f"'{shown}' is no phrase for days", _HINT)


# --- hours ----------------------------------------------------------------------------------------------------------

_STRETCH = re.compile(rf"([0-9]{{1,2}}):([0-9]{{2}}){_TO}([0-9]{{1,2}}):([0-9]{{2}})")
_LOOSE_TIME = r"([0-9]{1,2})(?:[:.h]?([0-9]{2}))?\s*(a\.?m\.?|p\.?m\.?|h|o'clock)?"
_LOOSE = re.compile(rf"(?:from\s+)?{_LOOSE_TIME}{_TO}{_LOOSE_TIME}")
_HOURS = "write '08:00-16:00', or '08:00-12:00 and 13:00-16:00'"


def parse_hours(text: str) -> Hours:
    """Read hours of a day; stretches that touch become one. Raises Mistake.

    >>> parse_hours("13:00-16:00 and 08:00-12:00")
    ((480, 720), (780, 960))
    """
    plain = tidy(text)
    if plain in ("all day", "24 hours", "24 h", "24/7"):
        return ALL_DAY
    if plain in ("closed", "none", "no", "-", "never"):
        raise Mistake(
            f"'{_shown(text)}' is no phrase for hours",
            "leave the days out: where hours are stated, others are closed",
        )
    stretches = [_stretch(part, text) for part in re.split(r"\s+and\s+|\s*[,;+&]\s*", plain)]
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(stretches):
        if joined and begin < joined[-1][1]:
            merged = hours_told(((joined[-1][0], max(end, joined[-1][1])),))
            raise Mistake(f"'{_shown(text)}': the hours overlap", f"write '{merged}', or check the times")
        if joined and begin == joined[-1][1]:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((begin, end))
    return tuple(joined)


def _stretch(part: str, whole: str) -> tuple[int, int]:
    found = _STRETCH.fullmatch(part)
    if not found:
        raise _no_hours(part, whole)
    begin, end = _minute(found[1], found[2], whole), _minute(found[3], found[4], whole)
    if end == begin:
        raise Mistake(f"'{_shown(part)}' is no time at all", _HOURS)
    if end < begin:
        raise Mistake(f"'{_shown(part)}' ends before it begins", "check the times; a day ends at 24:00")
    return begin, end


def _minute(hour: str, minute: str, whole: str) -> int:
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > 1440:
        hint = "the clock goes from 00:00 to 24:00"
        raise Mistake(f"'{_shown(whole)}': there is no time {int(hour):02}:{minute}", hint)
    return minutes


def _no_hours(part: str, whole: str) -> Mistake:
    shown = _shown(whole)
    found = _LOOSE.fullmatch(part)
    if found:
        ends = [_loose(found[1], found[2], found[3]), _loose(found[4], found[5], found[6])]
        if all(ends):
            return Mistake(f"'{shown}' is not written as hours here", f"write '{ends[0]}-{ends[1]}'")
    if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", part):
        return Mistake(f"'{shown}' is one time, not hours", _HOURS)
    return Mistake(f"'{shown}' is no phrase for hours", _HOURS)


def _loose(hour: str, minute: str | None, half: str | None) -> str:
    """Give a clock time in its one form, or "" where there is none."""
    number = int(hour)
    if half and half[0] in "ap":
        if not 1 <= number <= 12:
            return ""
        number = number % 12 + (12 if half[0] == "p" else 0)
    return f"{number:02}:{minute or '00'}" if number <= 24 and int(minute or 0) <= 59 else ""


def _shown(text: str) -> str:
    return printable_line(text if len(text) <= 60 else f"{text[:60]}...")
