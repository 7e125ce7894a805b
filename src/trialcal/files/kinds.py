"""Whether a file is a protocol, a site's file, a subject's or a cohort's, told by its keys.

A room of its own because all three readers ask it: who gives the one file for the other is told so, instead of forty
keys that are unknown.
"""

from __future__ import annotations

from typing import Literal

from trialcal.files.keys import SHAPES, SITE_SHAPES, SITE_WORDS, SUBJECT_SHAPES
from trialcal.files.tree import Table

FileKind = Literal["protocol", "site", "subject", "cohort", ""]

_PROTOCOL = {key.name for key in SHAPES["protocol"]}
_SITE = {key.name for key in SITE_SHAPES["site"]}
_OF_PROTOCOLS = _PROTOCOL - _SITE
_OF_SITES = _SITE - _PROTOCOL - {"name", "notes"}
_OF_SUBJECTS = {key.name for key in SUBJECT_SHAPES["subject"]} - _PROTOCOL - {"notes", "site", "arm", "cohort"}
_SURELY_PROTOCOL = {"study_day", "extends"}
_SURELY_SUBJECT = {"subject", "rfstdtc", "amended"}
_SURELY_COHORT = {"subjects", "releases"}
_ONLY_COHORT = {"cohort", "protocol", "version", "site", "notes"}  # a subject's file says more
_MAYBE_COHORT = {"reviews", "decisions"}  # a protocol and a cohort have them, each their own


def kind_of(tree: Table) -> FileKind:
    """Tell what a file is: what most of its own keys say; "" where they do not say it."""
    names = {name.value for name, _ in tree.entries}
    if names & _SURELY_PROTOCOL:
        return "protocol"
    if names & _SURELY_SUBJECT:
        return "subject"
    if "protocol" in names and (names & _SURELY_COHORT or ("cohort" in names and names & _MAYBE_COHORT)):
        return "cohort"
    if {"protocol", "cohort"} <= names <= _ONLY_COHORT:
        return "cohort"
    meant = {SITE_WORDS.get(name, name) for name in names - _OF_PROTOCOLS - _OF_SUBJECTS}
    counts: dict[FileKind, int] = {
        "protocol": len(names & _OF_PROTOCOLS),
        "site": len(meant & _OF_SITES),
        "subject": len(names & _OF_SUBJECTS),
    }
    most = max(counts.values())
    kinds = [kind for kind, count in counts.items() if count == most]
    return kinds[0] if len(kinds) == 1 else ""
