"""Planning a subject's file over the versions of its protocol: what every command asks for a subject's schedule.

A room of its own so that no command plans what is done by a version under which it was not done.
"""

from __future__ import annotations

from trialcal.amending import planned_over
from trialcal.files.subjects import SubjectFile
from trialcal.schedule import Schedule


def subject_schedule(found: SubjectFile) -> Schedule:
    """Plan a subject from its file; visits done before an amendment stay as they were judged."""
    return planned_over(found.earlier, found.protocol, found.subject, found.site)
