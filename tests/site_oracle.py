"""Random sites as plain dictionaries, written as YAML, whether they are open on a day, and plans on their days.

Independent of trialcal: a day is a datetime.date, days in words are tuples that are looked at one by one as the page
docs/site.md says, and public holidays are asked of the package `holidays` itself. Plans are found by trying every
combination of dates, as in `plan_oracle`, of whose protocols these are a richer kind: visits have a type, may be by
phone, and may last several dates.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from functools import cache

import holidays
import plan_oracle

NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FULL_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
NTHS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
# Days around which there is something to jump: Spring Festival with its swaps, Easter, May, the new year, month ends.
STARTS = ("2025-01-22", "2025-02-25", "2025-04-14", "2025-04-28", "2025-10-01", "2025-12-19", "2026-02-26")
COUNTRIES = (("CN", None), ("DE", "BY"), ("US", "CA"), ("IL", None), ("HK", None))
WEEKENDS = {"CN": {5, 6}, "DE": {5, 6}, "US": {5, 6}, "IL": {4, 5}, "HK": {6}, None: {5, 6}}
WAYS = ("phone", "home")
ALL_DAY = ((0, 1440),)


# --- random protocols and sites -----------------------------------------------------------------------------------


def random_start(random):
    return date.fromisoformat(random.choice(STARTS)) + timedelta(days=random.randint(0, 6))


def random_protocol(random):
    """A protocol of `plan_oracle` with types, ways and dates that a visit takes."""
    protocol = plan_oracle.random_protocol(random)
    protocol["closed"] = []
    protocol["rules"] = [rule for rule in protocol["rules"] if random.random() < 0.6]
    for visit in protocol["visits"]:
        if visit["kind"] in ("day", "offset") and random.random() < 0.5:
            visit["window"] = (random.randint(0, 3), random.randint(0, 3))
        if random.random() < 0.6:
            visit["type"] = random.choice(["dose", "call"])
        if random.random() < 0.3:
            visit["by"] = random.choice(WAYS)
        if random.random() < 0.2:
            visit["lasts"] = random.choice([1, 2, 2, 3])
    return protocol


def random_site(random, start, protocol):
    """A site that is closed now and then around a start date."""
    country = random.choice(COUNTRIES) if random.random() < 0.35 else None
    site = {
        "country": country,
        "hours": random_week(random, country) if random.random() < 0.4 else {},
        "closed": [random_closure(random, start, country) for _ in range(random.choice([0, 1, 1, 2]))],
        "open": [random_opened(random, start) for _ in range(random.choice([0, 0, 1, 2]))],
        "visits": {},
    }
    names = [visit["id"] for visit in protocol["visits"]] + ["dose", "call", *WAYS]
    for name in random.sample(names, random.choice([0, 1, 2, 3])):
        site["visits"][name] = random_possible(random, start, name)
    return site


def random_week(random, country):
    days = random.choice([["Mon-Fri"], ["Mon-Thu", "Fri"], ["Tue-Sat"], ["Mon-Sun"], ["Mon, Wed, Thu"]])
    week = {phrase: random.choice(["08:00-16:00", "08:00-12:00 and 13:00-17:00", "all day"]) for phrase in days}
    if country is not None and country[0] == "CN" and random.random() < 0.6:
        week["working weekend days"] = "09:00-12:00"
    return week


def random_days(random, start):
    """Days of any kind, but not weekly ones."""
    around = start + timedelta(days=random.randint(-10, 25))
    kind = random.randrange(4)
    if kind == 0:
        return "dates", around, around
    if kind == 1:
        return "dates", around, around + timedelta(days=random.randint(1, 6))
    if kind == 2:
        return "nth", random.choice([1, 2, 3, 4, 5, -1]), random.randrange(7)
    until = around + timedelta(days=random.randint(0, 4))
    return "every-year", (around.month, around.day), (until.month, until.day)


def random_closure(random, start, country):
    weekly = random.choice([("weekends",), ("weekends",), ("weekdays", tuple(random.sample(range(7), 2)))])
    days = [weekly] if random.random() < 0.5 else [random_days(random, start)]
    if random.random() < 0.2:
        days.append(random_days(random, start))
    if country is not None and country[0] == "CN" and random.random() < 0.2:
        days.append(("working",))
    if random.random() < 0.25:
        if random.random() < 0.2:
            days = [("any",)]
        return {"on": days, "hours": random.choice(["12:00-24:00", "08:00-12:00", "09:00-12:00", "07:00-18:00"])}
    return {"on": days}


def random_opened(random, start):
    opened = {"on": [random_days(random, start)]}
    if random.random() < 0.3:
        opened["hours"] = "10:00-14:00"
    return opened


def random_possible(random, start, name):
    possible = {}
    if random.random() < 0.7:
        first = random.randrange(7)
        some = tuple((first + n) % 7 for n in range(random.randint(3, 6)))
        possible["on"] = random.choice([[("any",)], [("weekdays", some)], [("weekdays", some)]])
        if possible["on"] != [("any",)] and random.random() < 0.3:
            possible["on"].append(random_days(random, start))
    if random.random() < 0.3:
        possible["hours"] = random.choice(["08:00-10:00", "12:00-14:00", "15:00-18:00"])
    if random.random() < 0.3:
        possible["only_start"] = random.choice([True, False])
    if random.random() < 0.5 or not possible:
        possible["weight"] = random.choice([1, 3, 20])
    return possible


# --- as files -----------------------------------------------------------------------------------------------------


def protocol_as_yaml(protocol):
    text = plan_oracle.as_yaml(protocol)
    for visit in protocol["visits"]:
        more = [f"{key}: {visit[key]}" for key in ("type", "by") if key in visit]
        if "lasts" in visit:
            more.append(f"lasts: {visit['lasts']} d")
        head = f"\n  {visit['id']}: {{at"
        assert text.count(head) == 1
        text = text.replace(head, f"\n  {visit['id']}: {{{', '.join([*more, 'at'])}")
    return text


def site_as_yaml(site):
    lines = ["name: Random site", "time_zone: Europe/Berlin"]
    if site["country"] is not None:
        country, part = site["country"]
        lines.append(f"holidays: {{country: {country}, subdivision: {part or 'none'}}}")
    if site["hours"]:
        lines += ["hours:", *(f"  {days}: {hours}" for days, hours in site["hours"].items())]
    for key in ("closed", "open"):
        if site[key]:
            lines += [f"{key}:", *(f"  - {{{_entry(entry)}, reason: {key}}}" for entry in site[key])]
    if site["visits"]:
        lines += ["visits:", *(f"  {name}: {{{_entry(entry)}}}" for name, entry in site["visits"].items())]
    return "\n".join(lines) + "\n"


def _entry(entry):
    parts = []
    if "on" in entry:
        parts.append("on: [" + ", ".join(f'"{in_words(days)}"' for days in entry["on"]) + "]")
    for key in ("hours", "weight"):
        if key in entry:
            parts.append(f"{key}: {entry[key]}")
    if "only_start" in entry:
        parts.append(f"only_start: {'true' if entry['only_start'] else 'false'}")
    return ", ".join(parts)


def in_words(days):
    kind, *of = days
    if kind == "weekdays":
        return ", ".join(NAMES[number] for number in of[0])
    if kind == "nth":
        return f"{NTHS[of[0]]} {FULL_NAMES[of[1]]} of the month"
    if kind == "dates":
        return str(of[0]) if of[0] == of[1] else f"{of[0]} to {of[1]}"
    if kind == "every-year":
        ends = [f"{day} {MONTHS[month - 1]}" for month, day in of]
        return f"{ends[0] if ends[0] == ends[1] else ' to '.join(ends)} every year"
    return {"weekends": "weekends", "working": "working weekend days", "any": "any day"}[kind]


# --- whether it is open -------------------------------------------------------------------------------------------


@cache
def calendar_of(country):
    """The holidays of a country, and the days of its weekend on which people work."""
    if country is None:
        return {}, frozenset()
    found = holidays.country_holidays(country[0], subdiv=country[1], years=range(2024, 2028))
    named = dict(found)  # to look up a day of another year would fill that year in
    works = {day for day in found.weekend_workdays if day.year in range(2024, 2028) and day not in named}
    return named, frozenset(works)


def has(site, days, day):
    kind, *of = days
    if kind == "weekdays":
        return day.weekday() in of[0]
    if kind == "weekends":
        return day.weekday() in WEEKENDS[site["country"] and site["country"][0]]
    if kind == "working":
        return day in calendar_of(site["country"])[1]
    if kind == "dates":
        return of[0] <= day <= of[1]
    if kind == "every-year":
        at = (day.month, day.day)
        return of[0] <= at <= of[1] if of[0] <= of[1] else at >= of[0] or at <= of[1]
    if kind == "nth":
        month = calendar.monthcalendar(day.year, day.month)
        numbers = [week[of[1]] for week in month if week[of[1]]]
        return day.day in (numbers[-1:] if of[0] == -1 else numbers[of[0] - 1 : of[0]])
    return True


def entry_for(site, visit):
    """The one entry of the site that counts for a visit: by its id, then by its type, then by how it is done."""
    for name in (visit["id"], visit.get("type"), visit.get("by")):
        if name in site["visits"]:
            return site["visits"][name]
    return {}


def is_open(site, visit, day):
    """Whether a visit can start on a day: each of its dates must be open for it, with `only_start` the first."""
    entry = entry_for(site, visit)
    dates = 1 if entry.get("only_start") else visit.get("lasts", 1)
    opened = site.get("opened", ())  # dates more on which one visit is possible
    every = [day + timedelta(days=n) for n in range(dates)]
    return all((visit["id"], each) in opened or minutes(site, entry, each) for each in every)


def minutes(site, entry, day):
    """The minutes of a day in which visits of one kind can begin, as a set."""
    own = entry.get("on")
    if own is not None and not any(has(site, days, day) for days in own):
        return frozenset()
    if own is not None and ("any",) in own:
        return of_hours(entry.get("hours", "all day"))
    found = of_site(site, day)
    return found & of_hours(entry["hours"]) if "hours" in entry else found


def of_site(site, day):
    known, works = calendar_of(site["country"])
    weekly = ("weekdays", "weekends")

    def counts(closure):
        return any(has(site, days, day) and not (day in works and days[0] in weekly) for days in closure["on"])

    closures = [closure for closure in site["closed"] if counts(closure)]
    opened = [entry for entry in site["open"] if any(has(site, days, day) for days in entry["on"])]
    if not opened and (day in known or any("hours" not in closure for closure in closures)):
        return frozenset()
    if opened and "hours" in opened[0]:
        found = of_hours(opened[0]["hours"])
    else:
        usual = usual_hours(site, day, day in works)
        if usual is None and not opened and day not in works:
            return frozenset()
        found = of_hours(usual or "all day")
    for closure in closures:
        if "hours" in closure:
            found -= of_hours(closure["hours"])
    return found


def usual_hours(site, day, works):
    """The hours that are stated for a day; None where hours are stated for other days only."""
    if not site["hours"]:
        return "all day"
    if works and "working weekend days" in site["hours"]:
        return site["hours"]["working weekend days"]
    for phrase, hours in site["hours"].items():
        if phrase != "working weekend days" and day.weekday() in week_days(phrase):
            return hours
    return None


def week_days(phrase):
    found = set()
    for part in phrase.split(", "):
        first, _, last = part.partition("-")
        begin, end = NAMES.index(first), NAMES.index(last or first)
        found.update(range(begin, end + 1))
    return found


@cache
def of_hours(text):
    """The minutes of hours in words, without the last one: a stretch of no length is none."""
    if text == "all day":
        return frozenset(range(1440))
    found = set()
    for part in text.split(" and "):
        begin, end = ((int(clock[:2]) * 60 + int(clock[3:])) for clock in part.split("-"))
        found.update(range(begin, end))
    return frozenset(found)


def target_of(visit, parent_day):
    """The target, the reference being where it is."""
    return plan_oracle.target(visit, parent_day)


def window_of(visit, parent_day):
    """The first and the last date that the protocol allows, the reference being where it is."""
    return plan_oracle.window(visit, parent_day)


# --- every combination of dates -----------------------------------------------------------------------------------


def weighted(protocol, site):
    """The protocol with the site's weights."""
    visits = [{**visit, **_weight(site, visit)} for visit in protocol["visits"]]
    return {**protocol, "visits": visits}


def _weight(site, visit):
    entry = entry_for(site, visit)
    return {"weight": entry["weight"]} if "weight" in entry else {}


def plans(protocol, site, pins, dropped=()):
    """Every combination of dates in which all windows, rules and open days hold; given dates (`pins`) may be closed.

    Visits that were `dropped` stand where they would have been on target, so that others are counted from there; one
    without a target is not there, nor what is counted from it. `opened` of the site are dates more for one visit.
    """
    found = [{}]
    for visit in protocol["visits"]:
        found = [{**days, **day} for days in found for day in _choices(visit, site, pins, dropped, days)]
    rules = [rule for rule in protocol["rules"] if not {rule["visit"], rule["other"]} & set(dropped)]
    return [days for days in found if all(plan_oracle.rule_holds(rule, days) for rule in rules)]


def _choices(visit, site, pins, dropped, days):
    name = visit["id"]
    if visit["kind"] == "anchor":
        return [{name: pins[name]}]
    if name in dropped:
        on_target = visit["kind"] != "range" and visit["parent"] in days
        return [{name: plan_oracle.target(visit, days[visit["parent"]])} if on_target else {}]
    first, last = plan_oracle.window(visit, days[visit["parent"]])
    if name in pins:
        return [{name: pins[name]}] if first <= pins[name] <= last else []
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [{name: day} for day in every if is_open(site, visit, day)]


def chosen(protocol, every, pins, dropped=()):
    """The best of the plans, and what it costs.

    How far a given date is off its target counts nothing: nobody moves a visit off its target to follow it.
    """
    free = {*dropped, *pins}
    least = min(cost_of(protocol, days, free) for days in every)
    left = [days for days in every if cost_of(protocol, days, free) == least]
    visits = []
    for visit in protocol["visits"]:
        if visit["id"] in pins:
            visits.append({"id": visit["id"], "kind": "anchor"})
        elif visit["id"] in every[0]:
            visits.append({**visit, "weight": 0})  # among those left, only the tie rule is asked
    best, _ = plan_oracle.chosen({**protocol, "visits": visits}, left, {})
    return best, least


def cost_of(protocol, days, dropped=()):
    """The weighted distance of a plan from its targets, in days; of what was dropped nothing."""
    visits = [visit for visit in protocol["visits"] if visit["id"] not in dropped]
    return plan_oracle.cost({**protocol, "visits": visits}, days, {})
