"""Whether a file is a protocol or a site's file, told by its keys.

A room of its own because both readers ask it: who gives the one file for the other is told so, instead of forty keys
that are unknown.
"""

from __future__ import annotations

from trialcal.files.keys import SHAPES, SITE_SHAPES, SITE_WORDS
from trialcal.files.tree import Table

_BOTH = {key.name for key in SHAPES["protocol"]} & {key.name for key in SITE_SHAPES["site"]}
_OF_PROTOCOLS = {key.name for key in SHAPES["protocol"]} - _BOTH
_OF_SITES = {key.name for key in SITE_SHAPES["site"]} - _BOTH - {"name", "notes"}
_SURELY = {"study_day", "extends"}


def is_site(tree: Table) -> bool:
    """Tell whether a file is a site's: it has more of its keys than of a protocol's."""
    of_protocol, of_site = _counted(tree)
    return of_site > of_protocol


def is_protocol(tree: Table) -> bool:
    """Tell whether a file is a protocol: it has more of its keys than of a site's."""
    of_protocol, of_site = _counted(tree)
    return of_protocol > of_site


def _counted(tree: Table) -> tuple[int, int]:
    """Count the keys that only a protocol has, and those that only a site's file has."""
    names = {name.value for name, _ in tree.entries}
    if names & _SURELY:
        return len(names), 0
    meant = {SITE_WORDS.get(name, name) for name in names - _OF_PROTOCOLS}
    return len(names & _OF_PROTOCOLS), len(meant & _OF_SITES)
