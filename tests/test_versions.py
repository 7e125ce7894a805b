"""A protocol's versions: a file for each, found by id or path; what is ambiguous is refused, with what there is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from trialcal.files.library import Folder
from trialcal.files.versions import find_version, natural, pick_version, versions

VISITS = """\
title: A study
study_day: {anchor: infusion, number: 0}
start: infusion
visits:
  infusion: {at: Day 0}
"""


def write(folder: Path, name: str, head: str, body: str = VISITS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(head + body, encoding="utf-8")
    return path


@pytest.fixture
def places(tmp_path: Path) -> list[Folder]:
    return [Folder(tmp_path / "own", "./protocols"), Folder(tmp_path / "bundled", "bundled with trialcal")]


def ask(name: str, version: str, places: list[Folder], here: Path) -> tuple[str, str]:
    """The path below `here` and nothing, or nothing and what is told."""
    found, problems = find_version(name, version, places, here)
    told = "; ".join(f"{problem.code}: {problem.message} ({problem.hint})" for problem in problems)
    return (found.path.relative_to(here).as_posix() if found else ""), told


def test_versions_lie_beside_each_other(tmp_path, places):
    write(tmp_path / "own", "study.yaml", "id: study\nversion: '1.0'\n")
    write(tmp_path / "own", "study-2.0.yaml", "id: study\nversion: 2.0\neffective: 2025-05-01\n")
    write(tmp_path / "own", "study_v10.yml", "id: study\nversion: '10'\neffective: 2025-07-01\n")
    write(tmp_path / "own", "study-other.yaml", "id: study-other\nversion: '2.0'\n")
    assert ask("study", "1.0", places, tmp_path) == ("own/study.yaml", "")
    assert ask("study", "2.0", places, tmp_path) == ("own/study-2.0.yaml", "")
    assert ask("study", "10", places, tmp_path) == ("own/study_v10.yml", "")
    told = [(each.version, each.effective) for each in versions("study", places, tmp_path)]
    assert told == [("1.0", None), ("2.0", date(2025, 5, 1)), ("10", date(2025, 7, 1))]


def test_unknown_version_lists_those_there_are(tmp_path, places):
    write(tmp_path / "own", "study.yaml", "id: study\nversion: '1.0'\n")
    write(tmp_path / "own", "study-2.0.yaml", "id: study\nversion: '2.0'\neffective: 2025-05-01\n")
    path, told = ask("study", "3.0", places, tmp_path)
    assert path == ""
    assert told == (
        "unknown-version: there is no version '3.0' of study "
        "(there are 1.0 (own/study.yaml), 2.0 (own/study-2.0.yaml, from 2025-05-01))"
    )


def test_no_version_is_guessed_where_there_are_several(tmp_path, places):
    write(tmp_path / "own", "study.yaml", "id: study\nversion: '1.0'\n")
    assert ask("study", "", places, tmp_path) == ("own/study.yaml", "")
    write(tmp_path / "own", "study-2.0.yaml", "id: study\nversion: '2.0'\n")
    path, told = ask("study", "", places, tmp_path)
    assert path == ""
    assert told.startswith("which-version: there are several versions of study, and none is stated (say which")


def test_a_file_without_a_version_is_the_one_meant_without_a_version(tmp_path, places):
    write(tmp_path / "own", "study.yaml", "id: study\n")
    assert ask("study", "", places, tmp_path) == ("own/study.yaml", "")
    _, told = ask("study", "1.0", places, tmp_path)
    assert told == (
        "unknown-version: own/study.yaml states no version; version '1.0' is asked for "
        '(add `version: "1.0"` to that file if it is this version)'
    )
    write(tmp_path / "own", "study-2.0.yaml", "id: study\nversion: '2.0'\n")
    assert ask("study", "", places, tmp_path) == ("own/study.yaml", "")
    assert ask("study", "2.0", places, tmp_path) == ("own/study-2.0.yaml", "")


def test_two_files_of_one_version_are_refused(tmp_path, places):
    write(tmp_path / "own", "study.yaml", "id: study\nversion: '2.0'\n")
    write(tmp_path / "own", "study-2.0.yaml", "id: study\nversion: '2.0'\n")
    for asked in ("2.0", ""):
        path, told = ask("study", asked, places, tmp_path)
        assert path == ""
        assert told.startswith(
            "two-versions: 2 files are version '2.0' of study: own/study.yaml and own/study-2.0.yaml"
        )


def test_the_first_folder_counts_and_what_it_hides_is_told(tmp_path, places):
    mine = write(tmp_path / "own", "study-1.yaml", "id: study\nversion: '1.0'\n")
    hidden = write(tmp_path / "bundled", "study.yaml", "id: study\nversion: '1.0'\n")
    found, problems = find_version("study", "1.0", places, tmp_path)
    assert not problems
    assert found is not None
    assert (found.path, found.called, found.hidden) == (mine, "./protocols", (hidden,))


def test_an_overlay_is_a_version_where_it_states_one(tmp_path, places):
    write(tmp_path / "own", "study.yaml", "id: study\nversion: '1.0'\neffective: 2025-01-01\n")
    write(tmp_path / "own", "study-2.0.yaml", "extends: study\nversion: '2.0'\n", "")
    write(tmp_path / "own", "study-munich.yaml", "extends: study\ntitle: Munich\n", "")
    told = {each.version: (each.path.name, each.effective) for each in versions("study", places, tmp_path)}
    assert told == {"1.0": ("study.yaml", date(2025, 1, 1)), "2.0": ("study-2.0.yaml", None)}


def test_an_overlay_named_like_its_base_inherits_the_version(tmp_path, places):
    write(tmp_path / "bundled", "study.yaml", "id: study\nversion: '1.0'\n")
    write(tmp_path / "own", "study.yaml", "extends: study\ntitle: Munich\n", "")
    assert ask("study", "1.0", places, tmp_path) == ("own/study.yaml", "")
    assert ask("study", "", places, tmp_path) == ("own/study.yaml", "")


def test_a_path_counts_where_its_version_agrees_else_one_beside_it(tmp_path, places):
    first = write(tmp_path / "sub", "study.yaml", "id: study\nversion: '1.0'\n")
    write(tmp_path / "sub", "study-2.0.yaml", "id: study\nversion: '2.0'\n")
    assert ask("sub/study.yaml", "", places, tmp_path) == ("sub/study.yaml", "")
    assert ask(str(first), "1.0", places, tmp_path) == ("sub/study.yaml", "")
    assert ask("sub/study.yaml", "2.0", places, tmp_path) == ("sub/study-2.0.yaml", "")
    assert ask("sub/study-2.0.yaml", "1.0", places, tmp_path) == ("sub/study.yaml", "")
    _, told = ask("sub/study-2.0.yaml", "3", places, tmp_path)
    assert "there is no version '3' of sub/study-2.0.yaml (there are 1.0 (sub/study.yaml), 2.0" in told


def test_nothing_of_that_name(tmp_path, places):
    write(tmp_path / "own", "study.yaml", "id: study\n")
    write(tmp_path / "own", "studies.yaml", "subject: 01-001\nprotocol: study\n", "")
    assert ask("stduy", "1.0", places, tmp_path) == (
        "",
        "unknown-protocol: there is no protocol 'stduy' (did you mean `study`?)",
    )
    assert ask("own/none.yaml", "", places, tmp_path) == (
        "",
        "unknown-protocol: there is no protocol file 'own/none.yaml' (check its path)",
    )


def test_files_of_subjects_and_sites_are_no_versions(tmp_path, places):
    write(tmp_path / "own", "st.yaml", "id: st\nversion: '1.0'\n")
    write(tmp_path / "own", "st-001.yaml", "subject: ST-001\nprotocol: st\nversion: '1.0'\n", "")
    write(tmp_path / "own", "st-site.yaml", "name: Somewhere\ntime_zone: Europe/Berlin\n", "")
    assert ask("st", "1.0", places, tmp_path) == ("own/st.yaml", "")


def test_a_broken_file_is_given_so_that_its_errors_are_told(tmp_path, places):
    write(tmp_path / "own", "study.yaml", "id: study\nversion: '1.0'\n")
    write(tmp_path / "own", "study-2.0.yaml", "id: study\nversion: '2.0'\nvisits: [", "")
    assert ask("study", "1.0", places, tmp_path) == ("own/study.yaml", "")
    path, _ = ask("study", "2.0", places, tmp_path)
    assert path == "own/study-2.0.yaml"


def test_overlays_in_a_circle_end(tmp_path, places):
    write(tmp_path / "own", "study-a.yaml", "extends: study-b\nversion: '1.0'\n", "")
    write(tmp_path / "own", "study-b.yaml", "extends: study-a\nversion: '2.0'\n", "")
    assert pick_version("study", "1.0", places, tmp_path).version is None


def test_versions_are_in_the_order_of_people():
    assert sorted(["10.0", "2.0", "2.0a", "1.0 (EU)", "2"], key=natural) == ["1.0 (EU)", "2", "2.0", "2.0a", "10.0"]
