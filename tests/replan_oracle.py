"""Replanning small random protocols by trying every combination of dates, with what was recorded of a subject.

Written from the words of the design (4.6, 4.7, 4.10), on the dictionaries of `plan_oracle`, with nothing of trialcal:
a visit that was done or is booked is on its date; what is counted from it follows; one that was missed has no date,
no rule binds it, and what is counted from it keeps counting from its target; two dates that stand are judged.
"""

from __future__ import annotations

from datetime import timedelta

from plan_oracle import rule_holds, target, window


def by_id(protocol):
    return {visit["id"]: visit for visit in protocol["visits"]}


def reference(protocol, visit, missed):
    """The visit whose date counts for another: above all that were missed."""
    visits = by_id(protocol)
    parent = visits[visit["parent"]]
    while parent["id"] in missed and parent["kind"] != "anchor":
        parent = visits[parent["parent"]]
    return parent["id"]


def counted_from(protocol, visit, days, missed):
    """The date that a visit is counted from: its reference's, or the target that a missed one would have had."""
    parent = by_id(protocol)[visit["parent"]]
    if parent["id"] in missed and parent["kind"] != "anchor":
        return target(parent, counted_from(protocol, parent, days, missed))
    return days[parent["id"]]


def has_window(visit):
    return visit["kind"] == "range" or visit.get("window") is not None


def plans(protocol, pins, missed):
    found = [dict(pins)]
    for visit in protocol["visits"]:
        name = visit["id"]
        if name in missed or visit["kind"] == "anchor":
            continue
        above = reference(protocol, visit, missed)
        longer = []
        for days in found:
            first, last = window(visit, counted_from(protocol, visit, days, missed))
            if name in pins:
                if above in pins or not has_window(visit) or first <= pins[name] <= last:
                    longer.append(days)
                continue
            allowed = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            longer += [{**days, name: day} for day in allowed if day not in protocol["closed"]]
        found = longer
    return [days for days in found if all(binds(rule, days, pins, missed) for rule in protocol["rules"])]


def binds(rule, days, pins, missed):
    ends = {rule["visit"], rule["other"]}
    return bool(ends & set(missed)) or ends <= set(pins) or rule_holds(rule, days)


def cost(protocol, days, pins, missed):
    return sum(
        visit["weight"] * abs((days[visit["id"]] - target(visit, counted_from(protocol, visit, days, missed))).days)
        for visit in protocol["visits"]
        if visit["kind"] in ("day", "offset") and visit["id"] not in pins and visit["id"] not in missed
    )


def chosen(protocol, every, pins, missed):
    least = min(cost(protocol, days, pins, missed) for days in every)
    left = [days for days in every if cost(protocol, days, pins, missed) == least]
    stage = {}
    for visit in protocol["visits"]:
        name = visit["id"]
        if name in pins:
            stage[name] = 0
        elif name not in missed:
            stage[name] = stage[reference(protocol, visit, missed)] + (visit["kind"] == "range")
    for number in range(max(stage.values()) + 1):
        for kind, prefer, late in (
            ("range", "latest", True),
            ("range", "earliest", False),
            ("target", None, protocol["on_tie"] == "later"),
        ):
            names = [
                visit["id"]
                for visit in protocol["visits"]
                if stage.get(visit["id"]) == number
                and (visit["kind"] == "range") == (kind == "range")
                and (prefer is None or visit["prefer"] == prefer)
            ]
            if names:
                best = {name: (max if late else min)(days[name] for days in left) for name in names}
                left = [days for days in left if all(days[name] == best[name] for name in names)]
    assert len(left) == 1, "the latest (earliest) optimum is one plan"
    return left[0]


def broken(protocol, pins, missed):
    """The windows and rules that two standing dates break: (kind, visit, other, days outside)."""
    found = set()
    for visit in protocol["visits"]:
        name = visit["id"]
        if name not in pins or visit["kind"] == "anchor" or not has_window(visit):
            continue
        above = reference(protocol, visit, missed)
        if above in pins:
            first, last = window(visit, counted_from(protocol, visit, pins, missed))
            off = min((pins[name] - first).days, 0) or max((pins[name] - last).days, 0)
            if off:
                found.add(("window", name, above, off))
    for rule in protocol["rules"]:
        if {rule["visit"], rule["other"]} <= set(pins) and not rule_holds(rule, pins):
            found.add(("rule", rule["visit"], rule["other"]))
    return found
