"""What differs between two versions of a protocol, entry by entry as they stand in the files; order does not count.

A room of its own because an amendment is read by what it changes. Values stay values here, so that a writer words
them; of each difference it is told whether it can change a date.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from trialcal.difference_fields import ACROSS, FIELDS, SECTIONS, SPOKEN_OF, Field, Section
from trialcal.escalation import Decision, Escalation
from trialcal.protocol import Activity, Cycles, Protocol, Rule, Texts, Visit
from trialcal.timing import InCycles, Pending

Kind = Literal["added", "removed", "changed", "stated", "assumed", "reason", "source"]


class Difference(NamedTuple):
    """One difference: of the entries or visits `names`, in the value of a key of the language, from old to new.

    `added` and `removed` ones have no key; their values are the entries themselves (of several visits a tuple of
    them). `stated` says that a value is no longer assumed, `assumed` that it now is, `reason` that it is for another
    reason, `source` that another text is quoted for it. `renamed` are the ids that removed entries seem to have now,
    or added ones to have had: their events in calendars are others then. The values of `activities` are the names of
    visits that were taken from, and added to, a row.
    """

    section: Section
    kind: Kind
    names: tuple[str, ...]
    key: str
    old: object
    new: object
    changes_dates: bool
    renamed: tuple[str, ...] = ()


def differences(old: Protocol, new: Protocol) -> tuple[Difference, ...]:
    """Give what differs, in the order of a file. Not told are version, date and file: they say which is which."""
    before, after = old.written or old, new.written or new
    found = [*_study(before, after), *_visits(before, after), *_rules(before, after), *_activities(before, after)]
    for section in ("cycles", "periods", "lookbacks", "timepoints", "epochs", "parameters", "arms", "cohorts"):
        found += _entries(section, _by_id(getattr(before, section)), _by_id(getattr(after, section)))
    found += _entries("types", before.types, after.types)
    found += _across(before.escalation, after.escalation)
    found += _not_expressed(before, after)
    return tuple(sorted(found, key=lambda each: SECTIONS.index(each.section)))


# --- the study ------------------------------------------------------------------------------------------------------


def _study(old: Protocol, new: Protocol) -> Iterator[Difference]:
    values = (
        ("id", old.id, new.id, True),  # the UIDs of calendars are made of it
        ("anchor", old.anchor, new.anchor, True),
        ("study day of the anchor", old.study_days.number, new.study_days.number, True),
        ("day_zero", old.study_days.day_zero, new.study_days.day_zero, True),
        ("start", old.start, new.start, True),
        ("on_tie", old.on_tie, new.on_tie, True),
        ("title", old.title, new.title, False),
        ("source", replace(old.source, changed_by=""), replace(new.source, changed_by=""), False),
    )
    for key, before, after, dates in values:
        if before != after:
            yield Difference("study", "changed", (), key, before, after, dates)
    stated = old.study_day_source, old.study_day_assumed, new.study_day_source, new.study_day_assumed
    yield from _provenance("study", (), *stated)


# --- entries with an id ---------------------------------------------------------------------------------------------


def _by_id(entries: Iterable[object]) -> dict[str, object]:
    return {getattr(entry, "id", ""): entry for entry in entries}


def _entries(section: Section, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Difference]:
    """Compare entries that have the same ids; the others are removed or added."""
    for name, entry in old.items():
        if name in new:
            yield from _changed(section, (name,), entry, new[name])
        else:
            yield Difference(section, "removed", (name,), "", entry, None, _dates_hang_on(section, entry))
    for name, entry in new.items():
        if name not in old:
            yield Difference(section, "added", (name,), "", None, entry, _dates_hang_on(section, entry))


def _dates_hang_on(section: Section, entry: object) -> bool:
    """Tell whether dates can change with an entry: an arm or an epoch by itself moves nothing."""
    if section in ("visits", "cycles", "rules", "periods", "lookbacks", "timepoints", "escalation", *ACROSS):
        return True
    return bool(getattr(entry, "until", ())) or getattr(entry, "weight", 1) != 1


def _changed(section: Section, names: tuple[str, ...], old: object, new: object) -> Iterator[Difference]:
    for field in FIELDS[section]:
        before, after = _value(old, field), _value(new, field)
        if not _is_same(before, after):
            yield Difference(section, "changed", names, field.key, before, after, field.dates)
    yield from _provenance(section, names, *_texts_of(old), *_texts_of(new), old, new)


def _value(entry: object, field: Field) -> object:
    """Give a field's value; of cycles both ends of a range."""
    if isinstance(entry, Cycles) and field.name == "length":
        return entry.length, entry.most
    if isinstance(entry, Cycles) and field.name == "count":
        return entry.least_count, entry.most_count
    if isinstance(entry, Escalation) and field.name in ("commits", "first_dose") and entry.references:
        return entry.references[("commits", "first_dose").index(field.name)]
    if isinstance(entry, Decision) and field.name == "then" and entry.subjects:
        return f"{entry.then} {entry.subjects}"
    return getattr(entry, field.name)


def _is_same(old: object, new: object) -> bool:
    """Tell whether two values are the same; the order in which a list was written does not count."""
    if type(old) is tuple and type(new) is tuple:
        return all(one in new for one in old) and all(one in old for one in new)
    return old == new


def _texts_of(entry: object) -> tuple[Texts, Texts]:
    return getattr(entry, "source", {}), getattr(entry, "assumed", {})


def _provenance(
    section: Section,
    names: tuple[str, ...],
    old_source: Texts,
    old_assumed: Texts,
    new_source: Texts,
    new_assumed: Texts,
    old: object = None,
    new: object = None,
) -> Iterator[Difference]:
    """Tell what became stated that was assumed, what is assumed now, and what is quoted otherwise."""
    old_source, new_source = _quotations(old_source), _quotations(new_source)
    for key in dict.fromkeys([*old_assumed, *new_assumed, *old_source, *new_source]):
        before, after = old_assumed.get(key), new_assumed.get(key)
        quoted, quotes = old_source.get(key), new_source.get(key)
        if before is not None and after is None:
            if _has(new, key):
                yield Difference(section, "stated", names, key, before, quotes, False)
        elif before is None and after is not None:
            yield Difference(section, "assumed", names, key, quoted, after, False)
        elif before != after:
            yield Difference(section, "reason", names, key, before, after, False)
        elif quoted != quotes and _has(old, key) and _has(new, key):
            yield Difference(section, "source", names, key, quoted, quotes, False)


def _quotations(source: Texts) -> Texts:
    """Give what is quoted, without what only says in which overlay a value was set."""
    return {key: text for key, text in source.items() if not re.fullmatch("set in .*, line [0-9]+", text)}


def _has(entry: object, key: str) -> bool:
    """Tell whether an entry has the value that a text speaks of; the removal of a value is told by itself."""
    value = getattr(entry, SPOKEN_OF.get(key, key), True)
    return value not in (None, "", ())


# --- visits ---------------------------------------------------------------------------------------------------------


def _visits(old: Protocol, new: Protocol) -> Iterator[Difference]:
    before = {_label(visit): visit for visit in old.visits}
    after = {_label(visit): visit for visit in new.visits}
    found: list[Difference] = []
    for name, visit in before.items():
        if name in after:
            found += _visit_changed(name, visit, after[name], old, new)
    removed = {name: visit for name, visit in before.items() if name not in after}
    added = {name: visit for name, visit in after.items() if name not in before}
    renamed = _renamed(removed, added)
    yield from _whole("removed", removed, renamed)
    yield from _whole("added", added, {new: old for old, new in renamed.items()})
    yield from _together(found)


def _label(visit: Visit) -> str:
    """Name a visit as it is written: an entry of cycles may have several days."""
    if not isinstance(visit.at, InCycles):
        return visit.id
    last = "" if visit.at.last is None else f" to Day {visit.at.last}"
    return f"{visit.id} (Day {visit.at.first}{last})"


def _visit_changed(name: str, old: Visit, new: Visit, before: Protocol, after: Protocol) -> Iterator[Difference]:
    dates = {"epoch": any(epoch.until for epoch in (*before.epochs, *after.epochs))}
    dates["at"] = not (isinstance(old.at, Pending) and isinstance(new.at, Pending))  # else it waits for another event
    for each in _changed("visits", (name,), old, new):
        yield each._replace(changes_dates=dates.get(each.key, each.changes_dates))
    if (old.short, new.short) != (old.name, new.name) and old.short != new.short:
        yield Difference("visits", "changed", (name,), "short", old.short, new.short, False)
    if old.weight != new.weight and (old.weight, new.weight) != (_usual(old, before), _usual(new, after)):
        yield Difference("visits", "changed", (name,), "weight", old.weight, new.weight, True)
    taken, given = _taken_and_given(old.activities, new.activities)
    if taken or given:
        yield Difference("visits", "changed", (name,), "activities", taken, given, False)


def _usual(visit: Visit, protocol: Protocol) -> int:
    """Give the weight of a visit's type, which is told with the type."""
    return protocol.types[visit.type].weight if visit.type in protocol.types else 1


def _taken_and_given(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(one for one in old if one not in new), tuple(one for one in new if one not in old)


def _renamed(removed: Mapping[str, Visit], added: Mapping[str, Visit]) -> dict[str, str]:
    """Find visits that are the same but for the id; each of the removed with one of the added."""
    alike: dict[Hashable, list[str]] = {}
    for name, visit in added.items():
        alike.setdefault(_without_names(visit), []).append(name)
    found: dict[str, str] = {}
    for name, visit in removed.items():
        others = alike.get(_without_names(visit), [])
        if others:
            found[name] = others.pop(0)
    return found


def _without_names(visit: Visit) -> Hashable:
    """Give what a visit is, without its ids; of one without a date, which is like many others, with its name."""
    values = (getattr(visit, field.name) for field in FIELDS["visits"] if field.name not in ("name", "series"))
    name = visit.name if isinstance(visit.at, Pending) else ""
    return (*values, visit.nth, visit.weight, visit.activities, name)


def _whole(
    kind: Literal["added", "removed"], visits: Mapping[str, Visit], renamed: Mapping[str, str]
) -> Iterator[Difference]:
    """Tell visits that were added or removed, those of an entry together."""
    entries: dict[tuple[str, bool], list[str]] = {}
    for name, visit in visits.items():
        entries.setdefault((visit.entry or visit.id, name in renamed), []).append(name)
    for names in entries.values():
        values = tuple(visits[name] for name in names)
        others = tuple(renamed[name] for name in names if name in renamed)
        old, new = (values, None) if kind == "removed" else (None, values)
        yield Difference("visits", kind, tuple(names), "", old, new, True, others)


def _together(found: Sequence[Difference]) -> Iterator[Difference]:
    """Draw the same change of several visits together."""
    groups: dict[Hashable, Difference] = {}
    for each in found:
        key = (each.kind, each.key, repr(each.old), repr(each.new), each.changes_dates)
        there = groups.get(key)
        groups[key] = each if there is None else there._replace(names=(*there.names, *each.names))
    yield from groups.values()


# --- rules ----------------------------------------------------------------------------------------------------------


def rule_name(rule: Rule) -> str:
    """Name a rule by its id, or where the file gives it none by the visits that it binds."""
    if not re.fullmatch("rule-[0-9]+", rule.id):
        return rule.id
    return f"{rule.visit} {'after' if rule.sign > 0 else 'before'} {rule.other}"


def _rules(old: Protocol, new: Protocol) -> Iterator[Difference]:
    """Compare rules by their ids, and those without one by the visits that they bind."""
    left, right = dict(enumerate(old.rules)), dict(enumerate(new.rules))
    for key_of in (_given_id, _whole_rule, _bound_by):
        others: dict[Hashable, list[int]] = {}
        for number, rule in right.items():
            others.setdefault(key_of(rule), []).append(number)
        for number, rule in list(left.items()):
            key = key_of(rule)
            if key is not None and others.get(key):
                yield from _rule_changed(left.pop(number), right.pop(others[key].pop(0)))
    for rule in left.values():
        yield Difference("rules", "removed", (rule_name(rule),), "", rule, None, True)
    for rule in right.values():
        yield Difference("rules", "added", (rule_name(rule),), "", None, rule, True)


def _given_id(rule: Rule) -> Hashable:
    return rule.id if rule_name(rule) == rule.id else None


def _whole_rule(rule: Rule) -> Hashable:
    return rule.visit, rule.sign, rule.other, rule.least, rule.most


def _bound_by(rule: Rule) -> Hashable:
    return rule.visit, rule.sign, rule.other


def _rule_changed(old: Rule, new: Rule) -> Iterator[Difference]:
    names = (rule_name(new),)
    if rule_name(old) != rule_name(new):
        yield Difference("rules", "changed", names, "id", rule_name(old), rule_name(new), False)
    if (old.least, old.most) != (new.least, new.most):
        yield Difference("rules", "changed", names, "gap", old, new, True)
    yield from _changed("rules", names, old, new)


# --- what binds the subjects to each other ------------------------------------------------------------------------


def _across(old: Escalation | None, new: Escalation | None) -> Iterator[Difference]:
    """Compare what binds the subjects to each other. The order of the dose groups counts: it is that of the doses."""
    if old is not None and new is not None:
        yield from _changed("escalation", (), old, new)
    elif old is not None or new is not None:
        kind: Kind = "added" if old is None else "removed"
        yield Difference("escalation", kind, (), "", old, new, True)
    for section, field in ACROSS.items():
        yield from _entries(section, _by_id(getattr(old, field, ())), _by_id(getattr(new, field, ())))
    before, after = ([group.id for group in each.groups] if each is not None else [] for each in (old, new))
    left, right = [name for name in before if name in after], [name for name in after if name in before]
    if left != right:
        yield Difference("dose_groups", "changed", (), "order", tuple(left), tuple(right), True)


# --- activities, and what cannot be expressed -----------------------------------------------------------------------


def _activities(old: Protocol, new: Protocol) -> Iterator[Difference]:
    before, after = _by_id(old.activities), _by_id(new.activities)
    yield from _entries("activities", before, after)
    for name, activity in before.items():
        other = after.get(name)
        if isinstance(activity, Activity) and isinstance(other, Activity):
            taken, given = _taken_and_given(_marks(activity), _marks(other))
            if taken or given:
                yield Difference("activities", "changed", (name,), "at", taken, given, False)


def _marks(activity: Activity) -> tuple[str, ...]:
    return tuple(mark.name if mark.text == "X" else f"{mark.name} ({mark.text})" for mark in activity.marks)


def _not_expressed(old: Protocol, new: Protocol) -> Iterator[Difference]:
    for one in old.not_expressed:
        if one not in new.not_expressed:
            yield Difference("not_expressed", "removed", (), "", one, None, False)
    for one in new.not_expressed:
        if one not in old.not_expressed:
            yield Difference("not_expressed", "added", (), "", None, one, False)
