"""Random lives of a subject's file: record, plan, export, again and again. Nothing is lost on the way.

What a file must hold is kept beside it in plain tables; calendars are compared event by event.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID, uuid5

import pytest
import yaml

from trialcal.cli.amending import subject_schedule
from trialcal.cli.events import Options
from trialcal.cli.exporting import export
from trialcal.cli.names import Summary, Windows
from trialcal.cli.recording import recorded
from trialcal.files.history import verify
from trialcal.files.subjects import load_subject

HISTORIES, STEPS = 200, 4
BEGUN = datetime(2025, 6, 1, tzinfo=UTC)
DAY_1 = date(2025, 3, 1)
VISITS = ["priming", "safety-check", *(f"dose-{n}" for n in range(1, 9))]
DAYS = dict(zip(VISITS, (-3, -1, 0, 3, 7, 10, 14, 17, 21, 24), strict=True))  # from Day 1, 1 March
HEAD = (
    "subject: C-001  # a comment\nprotocol: cc312\ngiven: {dose-1: 2025-03-01}\n# below is what happened\nvisits:\n"
)
NAMESPACE = UUID("3d89fec0-efe2-579d-a5f0-be63261c21f3")  # tests of the calendar say why it never changes


def random_step(random: Random, facts: dict[str, dict[str, str]]) -> tuple[list[str], str] | None:
    """Words for `record`, with what the file must then hold; a visit's dates keep their order."""
    name = random.choice(VISITS)
    day = (DAY_1 + timedelta(days=DAYS[name] + random.choice([0, 0, 0, 1]))).isoformat()
    state = random.choice(["actual", "actual", "booked", "missed"])
    if state == "missed":
        if facts.get(name, {}).get("status") == "missed":
            return None
        facts[name] = {**({"booked": b} if (b := facts.get(name, {}).get("booked")) else {}), "status": "missed"}
        return [name, "missed"], name
    fact = facts.setdefault(name, {})
    if state == "booked":
        if "actual" in fact or "status" in fact:
            return None
        fact["booked"] = day
        return ["booked", name, day], name
    fact.pop("status", None)
    fact["actual"] = day
    return [name, day], name


def calendar(path: Path, now: datetime) -> bytes:
    found, problems = load_subject(path, Path.cwd())
    assert found is not None, problems
    done = export([(subject_schedule(found), path)], windows=Windows.event, summary=Summary.full, now=now)
    done.save()
    return done.data


def events(data: bytes) -> dict[str, tuple[int, datetime, dict[bytes, bytes]]]:
    """Sequence, last modification and the rest of each event, by UID."""
    found = {}
    for text in data.replace(b"\r\n ", b"").split(b"BEGIN:VEVENT\r\n")[1:]:
        lines = dict(line.split(b":", 1) for line in text.partition(b"END:VEVENT")[0].splitlines())
        uid, sequence = lines.pop(b"UID").decode(), int(lines.pop(b"SEQUENCE"))
        changed = datetime.strptime(lines.pop(b"LAST-MODIFIED").decode(), "%Y%m%dT%H%M%S%z")
        assert lines.pop(b"DTSTAMP") == changed.strftime("%Y%m%dT%H%M%SZ").encode()
        assert uid not in found
        found[uid] = sequence, changed, lines
    return found


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_history(seed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random, path = Random(seed), Path("C-001.yaml")
    path.write_text(HEAD + "  priming: {booked: 2025-02-26}  # agreed\n", encoding="utf-8")
    facts: dict[str, dict[str, str]] = {"priming": {"booked": "2025-02-26"}}
    last = events(calendar(path, BEGUN))
    entries = 0
    for step in range(1, STEPS + 1):
        wanted = random_step(random, facts)
        now = BEGUN + timedelta(days=step)
        if wanted is not None:
            before = path.read_bytes()
            done = recorded(
                str(path), wanted[0], Options(reason="a reason"), "SC1", date(2026, 1, 1), now, dry_run=False
            )
            assert done.code == 0, [problem.told() for problem in done.problems]
            entries += path.read_bytes() != before
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        held = {
            name: {key: text for key, text in fact.items() if key != "reason"}
            for name, fact in content["visits"].items()
        }
        assert held == facts
        assert "# a comment" in path.read_text(encoding="utf-8")
        assert "# below is what happened" in path.read_text(encoding="utf-8")
        history = verify(path.read_bytes(), "C-001.yaml")
        assert not history.problems
        assert len(history.entries) == entries + bool(entries), "the first says that the file was taken over"
        if random.random() < 0.4:
            continue  # several records between two exports
        data = calendar(path, now)
        assert calendar(path, now + timedelta(hours=1)) == data, "the same state gives the same bytes"
        there = events(data)
        assert there.keys() >= last.keys(), "no event is ever lost"
        for uid, (sequence, changed, rest) in last.items():
            is_same = there[uid][2] == rest
            assert there[uid][:2] == ((sequence, changed) if is_same else (sequence + 1, now))
        assert all(there[uid][:2] == (0, now) for uid in there.keys() - last.keys())
        for name in VISITS:
            assert str(uuid5(NAMESPACE, f"cc312\nsubject C-001\n{name}")) in there
        last = there
