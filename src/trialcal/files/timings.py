"""When a visit is, in the words of a protocol file: `Day 8`, `2 d after priming`, `every 8 weeks from Day 57`.

A room of its own beside the small phrases that it is made of, because most mistakes are made in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from trialcal.days import NO_TIME, Duration, StudyDays
from trialcal.files.phrases import (
    DAY,
    DURATION,
    LAST_DAY,
    ON_DAY,
    RANGE,
    REFERENCE,
    Mistake,
    parse_duration,
    parse_gap,
    parse_reference,
    tidy,
    whole,
)
from trialcal.problems import Place
from trialcal.protocol import Mark
from trialcal.timing import (
    DayRange,
    Every,
    InCycles,
    Offset,
    OffsetRange,
    OnDay,
    Pending,
    Reference,
    Stage,
    Timing,
    Whichever,
)

_WEEK = r"(?:week|wk|w)(\s+[+-]\s?[0-9]+|\s*[0-9]+)"
_EVERY = rf"every\s+({DURATION})(?:\s+(from|after)\s+(.+?))?(?:\s+for\s+({DURATION}))?"
_THEN = rf"every\s+({DURATION})(?:\s+for\s+({DURATION}))?"
_AT_LEAST = r"at least\s+(.+?)\s+(after|before)\s+(.+)"
_AT_MOST = ("at most ", "no more than ", "no later than ", "up to ", "max", "maximum ")
_WHICHEVER = r"(?:the\s+)?(later|earlier)\s+of\s+(.+)"
_DAY_RANGE = rf"{DAY}\s*(?:to|-|through|until)\s*{DAY}(\s+daily)?"
_DAYS_RANGE = r"days\s*([+-]?[0-9]+)\s*(?:to|through)\s*([+-]?[0-9]+)(\s+daily)?"
_COUNTED = r"(within\s+)?(.+?)\s+(after|before)\s+(.+)"


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day from study day `first` to study day `last`, both inclusive."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class OnWeek:
    """On the first day of a study week; the head of the file says which week begins with the anchor."""

    week: int


Spoken = Timing | Every | Daily | OnWeek | InCycles  # what a text can say; the rest of the file says what it means


def parse_timing(text: str) -> Spoken:
    """Read when a visit is: `Day 8`, `Day -5 to Day -3 daily`, `2 d after priming`, `pending`. Raises Mistake.

    References are not yet resolved (`members` is empty), and `Pending` does not yet say what it waits for.
    """
    plain = tidy(text)
    if plain == "pending":
        return Pending("")
    if on_day := re.fullmatch(ON_DAY, plain):
        return OnDay(_study_day(on_day[1]))
    if on_week := re.fullmatch(_WEEK, plain):
        return OnWeek(_study_week(on_week[1]))
    if plain.startswith("every "):
        return _parse_every(text, plain)
    if which := re.fullmatch(_WHICHEVER, plain):
        return _parse_whichever(text, which)
    if at_least := re.fullmatch(_AT_LEAST, plain):
        reference = parse_reference(at_least[3])
        _check_one(reference, text)
        return OffsetRange(parse_duration(at_least[1]), None, 1 if at_least[2] == "after" else -1, reference)
    if days := re.fullmatch(_DAY_RANGE, plain) or re.fullmatch(_DAYS_RANGE, plain):
        first, last = _study_day(days[1]), _study_day(days[2])
        if first > last:
            raise Mistake(f"'{text}' runs backwards", f"write 'Day {last} to Day {first}'")
        return Daily(first, last) if days[3] else DayRange(first, last)
    if counted := None if plain.startswith(_AT_MOST) else re.fullmatch(_COUNTED, plain):
        return _parse_offset(text, counted)
    raise _no_timing(text, plain)


def _parse_offset(text: str, counted: re.Match[str]) -> Offset | OffsetRange:
    within, amount, direction, words = counted.groups()
    reference = parse_reference(words)
    sign = 1 if direction == "after" else -1
    if within and re.fullmatch(RANGE, amount):
        least, most = parse_gap(amount)
    elif within:
        most = parse_duration(amount)
        least = Duration(0, most.unit)
    elif re.fullmatch(RANGE, amount):
        least, most = parse_gap(amount)
    else:
        return Offset(parse_duration(amount), sign, reference)
    _check_one(reference, text)
    return OffsetRange(least, most, sign, reference)


def _check_one(reference: Reference, text: str) -> None:
    if reference.pick in ("each", "previous"):
        raise Mistake(f"'{text}': `{reference.pick}` makes sense in rules only", "name one visit, or `last`")


def _parse_whichever(text: str, which: re.Match[str]) -> Whichever:
    options = tuple(_option(part, text) for part in re.split(r"\s+and\s+|\s*,\s*", which[2]) if part)
    if len(options) < 2:
        raise Mistake(f"'{text}' names one date only", f"write '{which[1]} of 30 d after last dose and progression'")
    return Whichever("later" if which[1] == "later" else "earlier", options)


def _option(part: str, text: str) -> Offset:
    is_offset = re.match("[0-9]", part)
    found = parse_timing(part) if is_offset else Offset(NO_TIME, 1, parse_reference(part))
    if not isinstance(found, Offset) or found.reference.pick in ("each", "previous"):
        raise Mistake(f"'{text}': '{part}' is not one date", "write each as '30 d after infusion', or as a visit")
    if found.amount.needs_clock:
        raise Mistake(f"'{text}': '{part}' is in hours", "give it in days: which one is later is decided by dates")
    return found


def _parse_every(text: str, plain: str) -> Every:
    first, *others = re.split(r"\s*,?\s+then\s+", plain)
    found = re.fullmatch(_EVERY, first)
    if not found:
        raise Mistake(f"'{text}' is not understood", _EVERY_HINT)
    every, start, words, lasts = found[1], found[4], found[5], found[6]
    if not start:
        hint = f"write 'every {every} from Day 57', or 'every {every} after ...' with a visit's id"
        raise Mistake(f"'{text}' does not say from when on", hint)
    stages = [_stage(every, lasts, text)]
    for other in others:
        then = re.fullmatch(_THEN, other)
        if not then:
            raise Mistake(f"'{text}': '{other}' is not understood", "write ', then every 12 weeks'")
        stages.append(_stage(then[1], then[4], text))
    if any(stage.lasts is None for stage in stages[:-1]):
        raise Mistake(f"'{text}': how long the first part lasts is not said", "write 'for 12 months, then every ...'")
    if start == "after":
        reference = parse_reference(words)
        _check_one(reference, text)
        return Every(tuple(stages), None, reference)
    if on_day := re.fullmatch(ON_DAY, words):
        return Every(tuple(stages), _study_day(on_day[1]), None)
    if on_week := re.fullmatch(_WEEK, words):
        return Every(tuple(stages), 0, None, _study_week(on_week[1]))
    raise Mistake(f"'{text}': `from` goes with a study day", f"write 'from Day 57', or 'after {words}'")


_EVERY_HINT = "write 'every 8 weeks from Day 57 for 12 months, then every 12 weeks', or 'every 90 d after last-dose'"


def _stage(every: str, lasts: str | None, text: str) -> Stage:
    interval = parse_duration(every)
    if interval.needs_clock or not interval.count:
        raise Mistake(f"'{text}': every {interval} is no distance between visits", "give it in days, weeks or months")
    length = parse_duration(lasts) if lasts else None
    if length is not None and (length.needs_clock or not length.count):
        raise Mistake(f"'{text}': a repeat does not last {length}", "give it in days, weeks, months or years")
    return Stage(interval, length)


def on_days(timing: Spoken, study_days: StudyDays, first_week: int) -> Spoken:
    """Turn study weeks into study days: the first day of a week, counted from the anchor's, in whole weeks.

    >>> on_days(OnWeek(12), StudyDays(1, day_zero=False), 0)
    OnDay(number=85, week=12)
    """
    if isinstance(timing, OnWeek):
        return OnDay(study_days.study_day(7 * (timing.week - first_week)), timing.week)
    if isinstance(timing, Every) and timing.week is not None:
        return replace(timing, first=study_days.study_day(7 * (timing.week - first_week)), week=None)
    return timing


def names_weeks(timing: Spoken) -> bool:
    """Tell whether a timing speaks of study weeks."""
    return isinstance(timing, OnWeek) or (isinstance(timing, Every) and timing.week is not None)


def placed(value: Any, place: Place) -> Any:
    """Note where the references of a phrase's value stand in the file."""
    if isinstance(value, (Reference, Mark)):
        return replace(value, place=place)
    if isinstance(value, (Offset, OffsetRange)) or (isinstance(value, Every) and value.reference is not None):
        assert value.reference is not None
        return replace(value, reference=replace(value.reference, place=place))
    if isinstance(value, Whichever):
        options = (replace(each, reference=replace(each.reference, place=place)) for each in value.options)
        return replace(value, options=tuple(options))
    return value


def _no_timing(text: str, plain: str) -> Mistake:
    """Find the frequent mistake behind a text that is no timing."""
    if found := re.fullmatch(r"(?:at most|no more than|no later than|up to|max\.?|maximum)\s+(.+)", plain):
        return Mistake(f"'{text}' is not understood", f"write 'within {found[1]}'")
    if re.fullmatch(r"within\s+.+\s+of\s+.+", plain):
        after = re.sub(r"\s+of\s+", " after ", plain, count=1)
        hint = f"write '{after}' or '{after.replace(' after ', ' before ')}'"
        return Mistake(f"'{text}' does not say before or after", hint)
    if found := re.fullmatch(
        r"days?\s*([+-]?[0-9]+)\s*(?:to|-|through|until)\s*(?:day\s*)?([+-]?[0-9]+)(\s+daily)?", plain
    ):
        days = f"Day {found[1]} to Day {found[2]}"
        hint = f"write '{days}' for one visit on any of these days, '{days} daily' for a visit on each"
        return Mistake(f"'{text}' is not understood", hint)
    if (found := re.fullmatch(r"(.+?)\s*(\(?[±+-]\s*[0-9].*)", plain)) and re.fullmatch(ON_DAY, found[1]):
        hint = f"write 'at: {found[1].capitalize()}' and, as a key of its own, 'window: {found[2].strip('()')}'"
        return Mistake(f"'{text}' holds a window beside the day", hint)
    if re.search(r"day.*(,|\band\b|&|;)", plain):
        return Mistake(f"'{text}' is several days in one text", "write a list: [Day 1, Day 4, Day 8]")
    if re.fullmatch(r"[+-]?[0-9]+", plain):
        return Mistake(f"'{text}' does not say what it counts", f"write 'Day {plain.lstrip('+')}' for a study day")
    if found := re.fullmatch(r"c(?:ycle\s*)?([0-9]+)[\s,/]*d(?:ay)?\s*(-?[0-9]+)", plain):
        hint = f"write 'at: Day {found[2]}' and, as a key of its own, 'in: cycle {found[1]}'"
        return Mistake(f"'{text}' is a day in a cycle", hint)
    if re.search(r"\bcycles?\b", plain):
        hint = "write the day, as 'at: Day 1', and the cycles as a key of their own, as 'in: cycle 2 and beyond'"
        return Mistake(f"'{text}': cycles do not stand here", hint)
    if re.fullmatch(r"daily|weekly|q[0-9]+ ?\w+", plain):
        hint = "write a list: [Day 1, Day 8, Day 15]; or 'every 1 week from Day 8 for 12 weeks'"
        return Mistake(f"'{text}' does not say on which days", hint)
    if re.fullmatch(r"(week|wk|w)s?\s*[+-]?[0-9]*\.[0-9]+.*", plain):
        hint = "write the days, as '2 d before baseline', with `assumed` where the rounding is yours"
        return Mistake(f"'{text}' is not a whole week", hint)
    if found := re.fullmatch(r"(?:week|wk|w)-([0-9]+)", plain):
        return Mistake(f"'{text}' may be before or after", f"write 'Week {found[1]}', or 'Week -{found[1]}'")
    if re.fullmatch(r"(week|month|year|wk|w|m|mo|y)s?\s*[+-]?[0-9]+.*", plain):
        hint = "write the study day, as 'Day 29', a study week, as 'Week 4', or an offset, as '4 weeks after dose-1'"
        return Mistake(f"'{text}' is not a study day", hint)
    if re.match(r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]|[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}", plain):
        return Mistake(f"'{text}' is a date", "a protocol has no patient's dates: write a study day, as 'Day 1'")
    if re.fullmatch(DURATION, plain):
        return Mistake(f"'{text}' does not say after or before what", f"write '{plain} after ...' with a visit's id")
    direction = re.search(r"\b(post|following|from|since|past)\b|\b(prior to|pre|preceding|ahead of)\b", plain)
    if direction:
        word = "after" if direction[1] else "before"
        return Mistake(f"'{text}' is not understood", f"write '{plain.replace(direction[0], word)}'")
    if re.fullmatch(r"(?:on\s+)?(after|before)\s.+", plain):
        return Mistake(f"'{text}' does not say how long", f"write '2 d {plain}', or '0-7 d {plain}' for a range")
    if re.search(r"day\s*[+-]?[0-9]+\.[0-9]", plain):
        return Mistake(f"'{text}' is not a whole day", "write a whole number, as 'Day 2'")
    if found := re.fullmatch(REFERENCE, plain):
        return Mistake(f"'{text}' does not say when", f"for the same day as a visit, write '0 d after {plain}'")
    return Mistake(
        f"'{text}' is not understood", "write 'Day 8', '2 d after priming', '48-72 h after ...' or 'pending'"
    )


def _study_week(number: str) -> int:
    plain = number.replace(" ", "")
    week = whole(plain.lstrip("+-"), LAST_DAY // 7, f"Week {plain[:12]}", f"Week {LAST_DAY // 7}")
    return -week if plain.startswith("-") else week


def _study_day(number: str) -> int:
    plain = number.replace(" ", "")
    day = whole(plain.lstrip("+-"), LAST_DAY, f"Day {plain[:12]}", f"Day {LAST_DAY}")
    return -day if plain.startswith("-") else day
