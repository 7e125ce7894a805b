"""What a site sets differently: values replaced, what said the same taken away, and where each value comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from trialcal.days import Duration
from trialcal.files.library import Folder, read_file
from trialcal.timing import DayRange, Offset, OnDay, Pending, Reference, Window

BASE = """\
id: base
title: The base
source: {registry: NCT00000000}
study_day: {anchor: dose-1, number: 1, day_zero: false, assumed: {day_zero: "SDTM"}}
start: dose-1
types:
  dose: {name: Dose, weight: 10}
visits:
  dose:
    at: [Day 1, Day 8]
    type: dose
    window: ±1 d
    source: {at: "on Days 1 and 8", window: "within a day"}
    assumed: {lasts: "an hour or two"}
    lasts: 2 h
  check: {at: 2 d after dose-1, source: "two days later"}
  relapse: {at: pending, waits_for: a relapse}
rules:
  - {id: apart, visit: each dose, at_least: 5 d, after: previous dose, source: "at least five days"}
  - {visit: check, at_most: 3 d, after: dose-1}
periods:
  dlt: {from: dose-1, until: 28 d after dose-1, source: "28 days"}
  stay: {from: dose-1, lasts: 3 d, assumed: "usual"}
lookbacks:
  vaccine: {none_within: 4 weeks, before: dose-1, source: "no vaccine within 4 weeks"}
not_expressed:
  - {source: one, reason: first}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    return tmp_path


def lay(folder: Path, text: str):
    path = folder / "site.yaml"
    path.write_text(f"extends: base.yaml\nid: site\n{text}", encoding="utf-8")
    protocol, problems = read_file(path, (Folder(folder, "here"),), folder)
    assert protocol is not None, [problem.told() for problem in problems]
    return protocol


def d(count, unit="days"):
    return Duration(count, unit)


def test_nothing_set_is_the_base(folder):
    base, _ = read_file(folder / "base.yaml", (), folder)
    same = lay(folder, "")
    assert (same.id, same.title) == ("site", base.title)
    assert (same.source.registry, same.source.changed_by) == ("NCT00000000", "site.yaml")
    assert (same.visits, same.rules, same.periods, same.lookbacks) == (
        base.visits,
        base.rules,
        base.periods,
        base.lookbacks,
    )
    assert same.file == "site.yaml"
    assert same.sha256 != base.sha256


def test_a_value_loses_its_provenance_and_says_where_it_was_set(folder):
    dose = lay(folder, "visits:\n  dose: {window: ±2 d}\n").by_id["dose-2"]
    assert dose.window == Window(d(2), d(2))
    assert dose.at == OnDay(8)
    assert dose.source == {"at": "on Days 1 and 8", "window": "set in site.yaml, line 4"}
    assert dose.assumed == {"lasts": "an hour or two"}
    assert (dose.place.file, dose.place.line) == ("site.yaml", 4)


def test_what_was_assumed_is_so_no_more(folder):
    dose = lay(folder, "visits:\n  dose: {lasts: 3 h}\n").by_id["dose-1"]
    assert dose.lasts == d(3, "hours")
    assert dose.assumed == {}
    assert dose.source["lasts"] == "set in site.yaml, line 4"


def test_own_provenance_is_kept(folder):
    text = (
        'visits:\n  dose: {window: ±2 d, lasts: 3 h, source: {window: "local SOP"}, assumed: {lasts: "measured"}}\n'
    )
    dose = lay(folder, text).by_id["dose-1"]
    assert dose.source == {"at": "on Days 1 and 8", "window": "local SOP"}
    assert dose.assumed == {"lasts": "measured"}


def test_words_alone_keep_the_provenance(folder):
    dose = lay(folder, "visits:\n  dose: {name: Infusion {n}, notes: bring the form}\n".replace(
        "Infusion {n}", '"Infusion {n}"'
    )).by_id["dose-1"]  # fmt: skip
    assert (dose.name, dose.notes) == ("Infusion 1", "bring the form")
    assert dose.source == {"at": "on Days 1 and 8", "window": "within a day"}


def test_a_new_timing_takes_away_what_the_old_one_waited_for(folder):
    protocol = lay(folder, "visits:\n  relapse: {at: Day 20 to Day 30}\n  check: {at: pending, waits_for: a slot}\n")
    assert protocol.by_id["relapse"].at == DayRange(20, 30)
    assert protocol.by_id["relapse"].source == {"at": "set in site.yaml, line 4"}
    assert protocol.by_id["check"].at == Pending("a slot")
    assert protocol.by_id["check"].source == {"at": "set in site.yaml, line 5"}


def test_a_new_end_takes_the_old_one_away(folder):
    protocol = lay(folder, "periods:\n  dlt: {lasts: 21 d}\n  stay: {until: Day 4}\n")
    dlt, stay = protocol.periods
    assert (dlt.until, dlt.lasts) == (None, d(21))
    assert dlt.source == {"lasts": "set in site.yaml, line 4"}
    assert (stay.until, stay.lasts) == (OnDay(4), None)
    assert stay.assumed == {}
    assert stay.source == {"until": "set in site.yaml, line 5"}


def test_a_new_kind_of_lookback_takes_the_old_one_away(folder):
    (vaccine,) = lay(folder, "lookbacks:\n  vaccine: {stable_for: 8 weeks}\n").lookbacks
    assert (vaccine.kind, vaccine.spans) == ("stable", (d(8, "weeks"),))
    assert vaccine.source == {"stable_for": "set in site.yaml, line 4"}


def test_rules_are_replaced_by_their_ids_and_added_otherwise(folder):
    protocol = lay(
        folder, "rules:\n  - {id: apart, within: 6-8 d}\n  - {visit: check, at_least: 1 d, after: dose-1}\n"
    )
    apart, early, late = protocol.rules
    assert (apart.id, apart.least, apart.most) == ("apart", d(6), d(8))
    assert apart.other == Reference("dose", ("dose-1", "dose-2"), "previous")
    assert apart.source == {"within": "set in site.yaml, line 4"}
    assert (early.least, early.most) == (None, d(3))
    assert (late.id, late.least) == ("rule-3", d(1))


def test_the_other_side_of_a_rule_is_replaced(folder):
    text = "rules:\n  - {id: apart, visit: dose-1, before: check}\n"
    apart = lay(folder, text).rules[0]
    assert (apart.sign, apart.other.name, apart.least) == (-1, "check", d(5))


def test_entries_are_left_out(folder):
    text = "without: [visits.relapse, rules.apart, periods.stay, lookbacks.vaccine]\n"
    protocol = lay(folder, text)
    assert "relapse" not in protocol.by_id
    assert [rule.id for rule in protocol.rules] == ["rule-1"]
    assert [period.id for period in protocol.periods] == ["dlt"]
    assert protocol.lookbacks == ()


def test_one_entry_is_left_out(folder):
    assert "relapse" not in lay(folder, "without: visits.relapse\n").by_id


def test_entries_are_added(folder):
    protocol = lay(folder, "visits:\n  scan: {at: 1 d after check}\nepochs:\n  late: {name: Late}\n")
    assert protocol.by_id["scan"].at == Offset(d(1), 1, Reference("check", ("check",)))
    assert [epoch.id for epoch in protocol.epochs] == ["late"]


def test_the_head_is_replaced_and_lists_grow(folder):
    text = "title: At this site\nstart: dose-2\nstudy_day: {day_zero: true}\n"
    text += "not_expressed:\n  - {source: two, reason: x}\n"
    protocol = lay(folder, text)
    assert (protocol.title, protocol.start) == ("At this site", "dose-2")
    assert protocol.study_days.day_zero
    assert protocol.study_day_assumed == {}
    assert protocol.study_day_source == {"day_zero": "set in site.yaml, line 5"}
    assert [entry.quote for entry in protocol.not_expressed] == ["one", "two"]


def test_an_overlay_of_an_overlay(folder):
    (folder / "country.yaml").write_text(
        "extends: base.yaml\nid: country\nvisits:\n  dose: {window: ±3 d, lasts: 4 h}\n"
    )
    protocol, _ = read_file(folder / "country.yaml", (), folder)
    (folder / "site.yaml").write_text("extends: country.yaml\nid: site\nvisits:\n  dose: {window: ±2 d}\n")
    protocol, _ = read_file(folder / "site.yaml", (), folder)
    dose = protocol.by_id["dose-2"]
    assert dose.window == Window(d(2), d(2))
    assert dose.source["window"] == "set in site.yaml, line 4"
    assert dose.source["lasts"] == "set in country.yaml, line 4"


def test_too_many_overlays_of_overlays(folder):
    (folder / "o0.yaml").write_text("extends: base.yaml\nid: o\n")
    for number in range(1, 12):
        (folder / f"o{number}.yaml").write_text(f"extends: o{number - 1}.yaml\nid: o\n")
    assert read_file(folder / "o7.yaml", (), folder)[0] is not None
    protocol, (problem,) = read_file(folder / "o11.yaml", (), folder)
    assert protocol is None
    assert "more than 8 files extend one another" in problem.told()
