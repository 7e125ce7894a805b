"""What binds the subjects of a study to each other, in words: groups, staggers, reviews, gates, the decision table.

A room of its own because the outline of a protocol, its differences and a simulation tell the same rules alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from trialcal.escalation import Decision, DoseGroup, Escalation, Gate, Opens, Review, Stagger

OPENS_WORDS: Mapping[Opens, str] = {"on-the-last-day": "on the last day", "the-day-after": "the day after"}


def group_told(group: DoseGroup) -> str:
    """Say how many subjects a dose group has: `3-6 evaluable subjects`."""
    number = f"{group.subjects} evaluable subject{'' if str(group.subjects) == '1' else 's'}"
    told = number if group.subjects is not None else "number of subjects not stated"
    return f"{told}; spare, used only where people decide so" if group.spare else told


def row_told(row: Decision) -> str:
    """Say what a row of the decision table leads to: `0-1 of 3 evaluable subjects with a DLT: add 3`."""
    then = f"add {row.subjects}" if row.then == "add" else row.then
    return f"{dlts_told(row)}: {then}" + (f" (by {row.by})" if row.by else "")


def dlts_told(row: Decision) -> str:
    """Say of what a row of the decision table speaks: `2 or more of any number of subjects with a DLT`."""
    if row.of is None:
        return f"{row.dlts} of any number of subjects with a DLT"
    return f"{row.dlts} of {row.of} evaluable subject{'' if row.of == 1 else 's'} with a DLT"


def stagger_told(each: Stagger) -> str:
    """Say who waits how long after whose first dose."""
    after = {0: "the one before", 1: "the first"}.get(each.after, f"subject {each.after}")
    told = f"first dose of subject {each.subject} at least {each.at_least} after that of {after}"
    return f"{told}, {OPENS_WORDS[each.opens]}"


def review_told(each: Review) -> str:
    """Say after whose observation a review can be held, and when."""
    after = {None: "all evaluable subjects", 1: "1 evaluable subject"}.get(
        each.after, f"{each.after} evaluable subjects"
    )
    told = f"after {after} completed the DLT observation, from {OPENS_WORDS[each.opens].removeprefix('on ')} on"
    if each.preparation is not None:
        told += f", {each.preparation} of preparation"
    return f"{told}, on {' and '.join(days.told for days in each.meets)}" if each.meets else told


def people_told(each: Review) -> str:
    """Say who assesses and who decides; nothing where nobody is named."""
    told = [f"{each.assesses} assesses" if each.assesses else "", f"{each.decides} decides" if each.decides else ""]
    return ", ".join(filter(None, told))


def gate_told(each: Gate) -> str:
    """Say who waits for what."""
    what = f"review {each.review}" if each.review else "the DLT observation of all before"
    by = f" by {each.released_by}" if each.released_by else ""
    release = f", and a release{by}" if each.release else ""
    return f"subject {each.subject} waits for {what}{release}; opens {OPENS_WORDS[each.opens]}"


def opens_told(opens: Opens | None) -> str:
    """Say from when on what waits may follow; "" where nobody has said."""
    return "" if opens is None else OPENS_WORDS[opens]


def value_told(section: str, key: str, value: object) -> str | None:
    """Give a value in the words of the file where it has words of its own there; else None.

    >>> value_told("reviews", "after", None), value_told("staggers", "after", 0), value_told("reviews", "name", "SMC")
    ('all', 'previous', None)
    """
    words: Mapping[tuple[str, str], Mapping[object, str]] = {
        ("escalation", "mtd_needs"): {0: ""},
        ("reviews", "after"): {None: "all"},
        ("staggers", "after"): {0: "previous", 1: "first"},
        ("decisions", "of"): {None: "any"},
        ("gates", "waits_for"): {"": "observation"},
        ("gates", "release"): {True: "needed"},
    }
    if key == "group" and not value:
        return "every group"
    if key == "meets" and isinstance(value, tuple):
        return " and ".join(days.told for days in value)
    if key in ("opens", "complete"):
        return next((told for opens, told in OPENS_WORDS.items() if opens == value), "")
    return words[section, key].get(value) if (section, key) in words else None


def entry_told(value: object) -> str | None:
    """Give a whole entry in words; None where it is none of these."""
    if isinstance(value, Escalation):
        commits, dose = value.references or (value.commits, value.first_dose)
        return f"first step {commits}, first dose {dose}"
    if isinstance(value, DoseGroup):
        return f"{value.name}, {group_told(value)}"
    if isinstance(value, Stagger):
        return stagger_told(value)
    if isinstance(value, Review):
        return review_told(value)
    if isinstance(value, Gate):
        return gate_told(value)
    return row_told(value) if isinstance(value, Decision) else None
