"""Small random protocols as plain dictionaries, written as YAML, and planned by trying every combination of dates.

Independent of trialcal: dates are datetime.date, months are added with calendar.monthrange, windows and rules are
checked as the words of the design say (4.2, 4.3, 4.8, 4.9), and nothing is pushed, cut or pruned.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

START = date(2027, 1, 29)  # two days before a month's end, so that months clip


def add(day, count, unit):
    if unit == "days":
        return day + timedelta(days=count)
    if unit == "weeks":
        return day + timedelta(weeks=count)
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def random_protocol(random):
    """A protocol: the anchor `v0`, then visits counted from earlier ones, and rules between any two."""
    visits = [{"id": "v0", "kind": "anchor"}]
    for n in range(1, random.randint(2, 4)):
        kind = random.choice(["day", "day", "offset", "offset", "range"])
        unit = random.choice(["days", "days", "weeks", "months"])
        most = {"days": 10, "weeks": 2, "months": 2}[unit]
        visit = {"id": f"v{n}", "kind": kind, "unit": unit, "sign": random.choice([1, 1, -1])}
        visit["weight"] = random.choice([1, 1, 2, 5])
        visit["parent"] = random.choice(visits)["id"] if kind != "day" else "v0"
        if kind == "day":
            visit["number"] = random.choice([-3, -1, 2, 4, 8, 12])
        elif kind == "offset":
            visit["amount"] = random.randint(0, most)
        else:
            visit["least"] = random.randint(0, 3)
            visit["most"] = visit["least"] + random.randint(0, 4)
            visit["unit"] = "days"
            visit["prefer"] = random.choice(["earliest", "latest"])
        if kind != "range" and random.random() < 0.8:
            visit["window"] = (random.randint(0, 2), random.randint(0, 2))
        visits.append(visit)
    rules = []
    for _ in range(random.randint(0, 3)):
        one, other = random.sample([visit["id"] for visit in visits], 2)
        unit = random.choice(["days", "days", "months"])
        least = random.choice([None, 0, 1, 2, 5]) if unit == "days" else random.choice([None, 0, 1])
        most = random.choice([None, 3, 9, 14]) if unit == "days" else random.choice([None, 1])
        if least is None and most is None:
            least = 1
        rules.append(
            {"visit": one, "other": other, "unit": unit, "least": least, "most": most, "sign": random.choice([1, -1])}
        )
    closed = sorted({START + timedelta(days=random.randint(-14, 21)) for _ in range(random.randint(0, 8))} - {START})
    return {"visits": visits, "rules": rules, "closed": closed, "on_tie": random.choice(["later", "earlier"])}


# --- as a file -----------------------------------------------------------------------------------------------------


def as_yaml(protocol, order=None):
    visits = protocol["visits"] if order is None else [protocol["visits"][n] for n in order]
    lines = [
        "id: random",
        "title: A random protocol",
        "study_day: {anchor: v0, number: 1, day_zero: false}",
        "start: v0",
        f"on_tie: {protocol['on_tie']}",
        "visits:",
        *(f"  {visit['id']}: {{{_timing(visit)}}}" for visit in visits),
    ]
    if protocol["rules"]:
        lines += ["rules:", *(f"  - {{{_rule(rule)}}}" for rule in protocol["rules"])]
    return "\n".join(lines) + "\n"


def _timing(visit):
    if visit["kind"] == "anchor":
        return "at: Day 1"
    side = "after" if visit["sign"] > 0 else "before"
    if visit["kind"] == "day":
        at = f"Day {visit['number']}"
    elif visit["kind"] == "offset":
        at = f"{visit['amount']} {visit['unit']} {side} {visit['parent']}"
    else:
        at = f"{visit['least']}-{visit['most']} d {side} {visit['parent']}, prefer: {visit['prefer']}"
    window = visit.get("window")
    told = "" if window is None else f", window: -{window[0]}/+{window[1]} d"
    return f"at: {at}{told}, weight: {visit['weight']}"


def _rule(rule):
    side = "after" if rule["sign"] > 0 else "before"
    bounds = "".join(
        f"{key}: {rule[name]} {rule['unit']}, "
        for key, name in (("at_least", "least"), ("at_most", "most"))
        if rule[name] is not None
    )
    return f"visit: {rule['visit']}, {bounds}{side}: {rule['other']}"


# --- every combination of dates ------------------------------------------------------------------------------------


def target(visit, parent_day):
    if visit["kind"] == "day":
        number = visit["number"]
        return parent_day + timedelta(days=number - 1 if number > 0 else number)
    return add(parent_day, visit["sign"] * visit["amount"], visit["unit"])


def window(visit, parent_day):
    if visit["kind"] == "range":
        one, other = (parent_day + timedelta(days=visit["sign"] * visit[key]) for key in ("least", "most"))
        return min(one, other), max(one, other)
    before, after = visit.get("window") or (0, 0)
    middle = target(visit, parent_day)
    return middle - timedelta(days=before), middle + timedelta(days=after)


def rule_holds(rule, days):
    day, other = days[rule["visit"]], days[rule["other"]]
    least, most, unit = rule["least"], rule["most"], rule["unit"]
    if rule["sign"] > 0:
        return (least is None or day >= add(other, least, unit)) and (most is None or day <= add(other, most, unit))
    return (least is None or day <= add(other, -least, unit)) and (most is None or day >= add(other, -most, unit))


def plans(protocol, pins):
    """Give every combination of dates in which all windows, rules and closures hold."""
    found = [{}]
    for visit in protocol["visits"]:
        longer = []
        for days in found:
            if visit["kind"] == "anchor":
                allowed = [pins["v0"]]
            else:
                first, last = window(visit, days[visit["parent"]])
                allowed = [first + timedelta(days=n) for n in range((last - first).days + 1)]
                allowed = [day for day in allowed if day not in protocol["closed"]]
                if visit["id"] in pins:
                    allowed = [day for day in allowed if day == pins[visit["id"]]]
            longer += [{**days, visit["id"]: day} for day in allowed]
        found = longer
    return [days for days in found if all(rule_holds(rule, days) for rule in protocol["rules"])]


def cost(protocol, days, pins):
    return sum(
        visit["weight"] * abs((days[visit["id"]] - target(visit, days[visit["parent"]])).days)
        for visit in protocol["visits"]
        if visit["kind"] in ("day", "offset") and visit["id"] not in pins
    )


def stages(protocol):
    found = {}
    for visit in protocol["visits"]:
        found[visit["id"]] = 0 if visit["kind"] == "anchor" else found[visit["parent"]] + (visit["kind"] == "range")
    return found


def chosen(protocol, every, pins):
    """Choose among the cheapest plans: stage by stage, ranges as they prefer, targets late or early."""
    least = min(cost(protocol, days, pins) for days in every)
    left = [days for days in every if cost(protocol, days, pins) == least]
    stage = stages(protocol)
    for number in range(max(stage.values()) + 1):
        here = [visit for visit in protocol["visits"] if stage[visit["id"]] == number]
        for kind, prefer, late in (
            ("range", "latest", True),
            ("range", "earliest", False),
            ("target", None, protocol["on_tie"] == "later"),
        ):
            names = [
                visit["id"]
                for visit in here
                if (visit["kind"] == "range") == (kind == "range") and (prefer is None or visit["prefer"] == prefer)
            ]
            if names:
                best = {name: (max if late else min)(days[name] for days in left) for name in names}
                left = [days for days in left if all(days[name] == best[name] for name in names)]
    assert len(left) == 1, "the latest (earliest) optimum is one plan"
    return left[0], least
