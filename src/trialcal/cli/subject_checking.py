"""What `check` does with a subject's file: its errors, and what is known of the subject, read back in a few lines."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from trialcal.cli.checked_told import write_checked
from trialcal.cli.clock import today
from trialcal.cli.output import printable
from trialcal.files.subjects import SubjectFile, load_subject


def checked_subject(name: str, path: Path, here: Path) -> int:
    """Check a subject's file and print what was found; gives 0, or 1 for errors."""
    found, problems = load_subject(path, here, today(None))
    return write_checked(name, problems, _read_back(found) if found is not None else ())


def _read_back(found: SubjectFile) -> list[str]:
    subject, protocol = found.subject, found.protocol
    version = f", version {found.version}" if found.version else ""
    attempt = f", attempt {subject.attempt}" if subject.attempt > 1 else ""
    site = f", site {found.site.name}" if found.site.name else ""
    known = Counter({"done": len(subject.actual) + len(subject.partly), "booked": 0, "given": 0})
    known["booked"] = sum(name not in subject.actual for name in subject.booked)
    known["given"] = sum(name not in subject.actual and name not in subject.booked for name in subject.given)
    known.update(absent.status for absent in subject.absent.values())
    known["unscheduled"] = len(subject.unscheduled)
    told = ", ".join(f"{number} {what}" for what, number in known.items() if number)
    return [
        f"subject {printable(subject.id)}{attempt}: {protocol.id}{version}{site}",
        f"visits: {told or 'nothing is known yet'}, of {len(protocol.visits)}",
    ]
