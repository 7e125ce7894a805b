"""The rules of a protocol file: how far apart two visits are at least, at most, or both.

A room of its own because a rule may be about each visit of a series and the one before, which nothing else may.
"""

from __future__ import annotations

from collections.abc import Iterator

from trialcal.days import Duration
from trialcal.files.entries import Fields, read_list
from trialcal.problems import Place, Report
from trialcal.protocol import Rule
from trialcal.timing import Reference

MOST_RULES = 2_000


def read_rules(head: Fields, report: Report) -> Iterator[Rule]:
    """Read all rules that name two visits."""
    seen: dict[str, Place] = {}
    alike: dict[object, Place] = {}
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
        visit = _bound_visit(fields, report)
        if visit is None or fields.get(side) is None:
            continue
        least, most = fields.get("within", (fields.get("at_least"), fields.get("at_most")))
        rule = Rule(
            id=fields.get("id") or f"rule-{number}",
            visit=visit,
            least=least,
            most=most,
            sign=1 if side == "after" else -1,
            other=fields.get(side),
            uncertain=_is_uncertain(fields, least, most, report),
            source=fields.get("source", {}),
            assumed=fields.get("assumed", {}),
            place=place,
        )
        same = (rule.visit, rule.least, rule.most, rule.sign, rule.other)
        if same in alike:
            message = f"this rule says the same as the one in line {alike[same].line}"
            report.warning(place, "same-rule", message, "delete one, or correct it")
        alike.setdefault(same, place)
        yield rule


def _is_uncertain(fields: Fields, least: Duration | None, most: Duration | None, report: Report) -> bool:
    """Read whether nobody can choose the gap; that needs a name and a range."""
    if not fields.get("uncertain", False):
        return False
    if not fields.has("id"):
        hint = "add an `id`, by which --uncertain names it"
        report.error(fields.keys["uncertain"], "bad-uncertain", "an uncertain rule has no `id`", hint)
    if not fields.has("after"):
        hint = "write it from its end, as `visit: release, within: 10-21 d, after: apheresis`"
        report.error(fields.keys["uncertain"], "bad-uncertain", "an uncertain rule says `after`", hint)
        return False
    if least is None or most is None or least.unit != most.unit:
        hint = "write both ends, as `within: 10-21 d`"
        report.error(fields.keys["uncertain"], "bad-uncertain", "an uncertain rule needs a range in one unit", hint)
        return False
    return fields.has("id")


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


def _bound_visit(fields: Fields, report: Report) -> Reference | None:
    reference: Reference = fields.get("visit")
    if reference.pick == "previous":
        hint = "`previous` goes after `after` or `before`, as `visit: each dose, at_least: 2 d, after: previous dose`"
        report.error(fields.at("visit"), "bad-reference", "a rule cannot be about `previous`", hint)
        return None
    if reference.edge == "end":
        hint = "a rule binds when a visit starts: leave `end of` out"
        report.error(fields.at("visit"), "bad-reference", "a rule cannot be about the end of a visit", hint)
        return None
    return reference
