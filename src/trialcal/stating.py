"""How a person states what a plan waits for: with an option, or in the subject's file.

A room of its own because a subject whose dates are kept in a file has none on the command line, and every note that
asks for a date should name what can be typed.
"""

from __future__ import annotations

from trialcal.subject import Subject


def date_of(subject: Subject, visit: str, clock: str = "") -> str:
    """Say how the date of a visit is stated; `clock` is `THH:MM` where its clock time is needed too.

    >>> date_of(Subject(), "dose-1"), date_of(Subject(kept_in="GC-001.yaml"), "dose-1")
    ('--start dose-1=DATE', 'trialcal record GC-001.yaml dose-1 DATE')
    """
    if subject.kept_in:
        return f"trialcal record {subject.kept_in} {visit} DATE{clock}"
    return f"--start {visit}=DATE{clock}"


def end_of(subject: Subject, visit: str) -> str:
    """Say how the clock time of a visit's end is stated."""
    if subject.kept_in:
        return f"trialcal record {subject.kept_in} {visit} --end DATETHH:MM"
    return f"--end {visit}=DATETHH:MM"


def parameter_of(subject: Subject, name: str) -> str:
    """Say how the value of a parameter is stated."""
    return f"`parameters: {{{name}: ...}}` in {subject.kept_in}" if subject.kept_in else f"--set {name}=..."


def number_of(subject: Subject, cycles: str) -> str:
    """Say how the number of cycles, or of the visits of a repeat, is stated."""
    if subject.kept_in:
        return f"`cycles: {{{cycles}: N}}` in {subject.kept_in}"
    return f"--cycles {cycles}=N"
