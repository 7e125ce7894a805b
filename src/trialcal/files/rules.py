"""The rules of a protocol file: how far apart two visits are at least, at most, or both.

A room of its own because a rule may be about each visit of a series and the one before, which nothing else may.
"""

from __future__ import annotations

from collections.abc import Iterator

from trialcal.files.entries import Fields, Report, read_list
from trialcal.files.resolve import Names
from trialcal.problems import Place
from trialcal.protocol import Reference, Rule

MOST_RULES = 2_000
MOST_GAPS = 10_000  # between two visits each: a rule about `each dose` has one for every dose


def read_rules(head: Fields, names: Names, report: Report) -> Iterator[Rule]:
    """Read all rules whose two visits are known."""
    seen: dict[str, Place] = {}
    alike: dict[object, Place] = {}
    gaps = 0
    for number, (place, fields) in enumerate(read_list(head, "rules", "rule", report, what="a rule"), 1):
        if number > MOST_RULES:
            hint = "write rules about a series, as `visit: each dose`"
            report.error(place, "too-many", f"there are more than {MOST_RULES:,} rules", hint)
            return
        _check_id(fields, place, seen, report)
        _check_bounds(fields, report)
        side = _side(fields, report)
        if not side or fields.get("visit") is None:
            continue
        visit = _bound_visit(fields, names, report)
        if fields.get(side) is None:
            continue
        least, most = fields.get("within", (fields.get("at_least"), fields.get("at_most")))
        rule = Rule(
            id=fields.get("id") or f"rule-{number}",
            visit=visit,
            least=least,
            most=most,
            sign=1 if side == "after" else -1,
            other=_other_visit(fields, side, visit, names, report),
            source=fields.get("source", {}),
            assumed=fields.get("assumed", {}),
            place=place,
        )
        gaps += _gaps(rule)
        if gaps > MOST_GAPS:
            message = f"the rules up to here are about more than {MOST_GAPS:,} pairs of visits"
            report.error(place, "too-many", message, "name single visits, or `the previous` one of a series")
            return
        same = (rule.visit, rule.least, rule.most, rule.sign, rule.other)
        if same in alike:
            message = f"this rule says the same as the one in line {alike[same].line}"
            report.warning(place, "same-rule", message, "delete one, or correct it")
        alike.setdefault(same, place)
        yield rule


def _gaps(rule: Rule) -> int:
    """Count the pairs of visits that a rule is about; each and its previous one are one pair."""
    others = 1 if rule.other.pick == "previous" else len(rule.other.members)
    return len(rule.visit.members) * others


def _check_id(fields: Fields, place: Place, seen: dict[str, Place], report: Report) -> None:
    given = fields.get("id")
    if given in seen:
        message = f"there are two rules `{given}`; the other is in line {seen[given].line}"
        report.error(fields.at("id"), "duplicate-rule", message, "give each its own id")
    elif given:
        seen[given] = place


def _check_bounds(fields: Fields, report: Report) -> None:
    bounds = [key for key in ("at_least", "at_most", "within") if fields.has(key)]
    if not bounds and not fields.strange:
        hint = "write `at_least`, `at_most` or both, or `within`"
        report.error(fields.place, "bad-rule", "this rule does not say how far apart the visits are", hint)
    if "within" in bounds and len(bounds) > 1:
        message = f"`within` already gives both ends, and `{bounds[0]}` stands beside it"
        hint = "write `at_least`, `at_most` or both, or only `within`"
        report.error(fields.keys["within"], "bad-rule", message, hint)


def _side(fields: Fields, report: Report) -> str:
    """Give the key that names the other visit, or "" where there is not exactly one."""
    sides = [key for key in ("after", "before") if fields.has(key)]
    if len(sides) == 2:
        hint = "keep one; write the other as a rule of its own"
        report.error(fields.keys["before"], "bad-rule", "`after` and `before` both stand in this rule", hint)
    elif not sides and not fields.strange:
        hint = "add `after: ...` or `before: ...` with a visit"
        report.error(fields.place, "bad-rule", "this rule does not say after or before which visit", hint)
    return sides[0] if len(sides) == 1 else ""


def _bound_visit(fields: Fields, names: Names, report: Report) -> Reference:
    reference: Reference = fields.get("visit")
    if reference.pick == "previous":
        hint = "`previous` goes after `after` or `before`, as `visit: each dose, at_least: 2 d, after: previous dose`"
        report.error(fields.at("visit"), "bad-reference", "a rule cannot be about `previous`", hint)
        return reference
    if reference.edge == "end":
        hint = "a rule binds when a visit starts: leave `end of` out"
        report.error(fields.at("visit"), "bad-reference", "a rule cannot be about the end of a visit", hint)
        return reference
    return names.resolve(reference, fields.at("visit"), rule=True)


def _other_visit(fields: Fields, side: str, visit: Reference, names: Names, report: Report) -> Reference:
    other = names.resolve(fields.get(side), fields.at(side), rule=True)
    if other.pick == "previous" and not set(visit.members) <= set(other.members or visit.members):
        message = f"`{visit}` is not one of those that `{other}` goes through"
        hint = f"write `visit: each {other.name}`, or name the visit that it comes after"
        report.error(fields.at(side), "bad-reference", message, hint)
    if visit.pick == other.pick == "only" and visit.members and visit.members == other.members:
        message = f"a rule is between two visits, and both are `{visit}`"
        report.error(fields.at(side), "bad-reference", message, "name another visit in one of the two places")
    return other
