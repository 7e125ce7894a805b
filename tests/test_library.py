"""Where protocols are found: which folder wins, what it hides, and ids as against paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import run

from trialcal.files.library import Folder, available, bundled, find, folders, load

TEXT = "id: {id}\ntitle: {title}\nstudy_day: {{anchor: a, number: 0}}\nstart: a\nvisits:\n  a: {{at: Day 0}}\n"


def put(folder: Path, name: str, title: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(TEXT.format(id=Path(name).stem, title=title), encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty folder to work in, and a configuration folder of its own."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def titles(name):
    protocol, problems, found = load(name, folders(Path.cwd()), Path.cwd())
    return protocol and protocol.title, found and found.called, [problem.told() for problem in problems]


def test_folders_are_searched_in_their_order(home):
    assert titles("cc312")[1] == "bundled with trialcal"
    own = put(home / "config" / "trialcal" / "protocols", "cc312.yaml", "own")
    assert titles("cc312")[:2] == ("own", "your own protocols")
    put(home / "here" / "protocols", "cc312.yml", "here")
    assert titles("cc312")[:2] == ("here", "./protocols")
    found = find("cc312", folders(Path.cwd()), Path.cwd())
    assert found.hidden == (own, bundled() / "cc312.yaml")


def test_what_is_hidden_is_told(home):
    path = put(home / "here" / "protocols", "cc312.yaml", "here")
    ran = run("plan", "-p", "cc312", "--start", "2025-03-03", "--format", "csv")
    assert ran.code == 0
    assert f"warning: cc312 is {path} (./protocols); it hides {bundled() / 'cc312.yaml'}" in ran.err


def test_nothing_is_hidden_where_two_folders_are_one(home):
    folder = home / "here" / "protocols"
    folder.symlink_to(bundled())
    assert find("cc312", folders(Path.cwd()), Path.cwd()).hidden == ()
    listed = [found.path.name for found in available(folders(Path.cwd()))]
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("name", ["cc312.yaml", "./cc312.yaml", "sub/../cc312.yaml"])
def test_a_path_is_taken_as_it_is(home, name):
    (home / "here" / "sub").mkdir()
    put(home / "here", "cc312.yaml", "a file")
    put(home / "here" / "protocols", "cc312.yaml", "here")
    assert titles(name)[:2] == ("a file", "a file")


def test_a_path_that_is_absolute(home):
    path = put(home / "elsewhere", "x.yaml", "elsewhere")
    assert titles(str(path))[:2] == ("elsewhere", "a file")


def test_a_file_without_a_suffix_is_found_last(home):
    put(home / "here", "plain", "no suffix")
    assert titles("plain")[0] == "no suffix"
    put(home / "here" / "protocols", "plain.yaml", "here")
    assert titles("plain")[0] == "here"


def test_an_id_is_not_looked_for_in_the_present_folder(home):
    put(home / "here", "mine.yaml", "x")
    assert titles("mine")[:2] == (None, None)


def test_a_folder_with_the_suffix_is_no_protocol(home):
    (home / "here" / "protocols" / "x.yaml").mkdir(parents=True)
    assert titles("x")[:2] == (None, None)
    assert all(found.path.name != "x.yaml" for found in available(folders(Path.cwd())))


def test_a_site_may_overlay_a_protocol_under_its_own_name(home):
    path = home / "here" / "protocols" / "cc312.yaml"
    path.parent.mkdir()
    path.write_text("extends: cc312\ntitle: At this site\n", encoding="utf-8")
    title, called, problems = titles("cc312")
    assert (title, called, problems) == ("At this site", "./protocols", [])


def test_what_is_extended_is_looked_for_beside_the_file_first(home):
    put(home / "here" / "protocols", "base.yaml", "in ./protocols")
    put(home / "elsewhere", "base.yaml", "beside it")
    (home / "elsewhere" / "site.yaml").write_text("extends: base\nid: site\n", encoding="utf-8")
    assert titles(str(home / "elsewhere" / "site.yaml"))[0] == "beside it"
    (home / "elsewhere" / "base.yaml").unlink()
    assert titles(str(home / "elsewhere" / "site.yaml"))[0] == "in ./protocols"


def test_the_bundled_files_are_told_by_short_names(home):
    protocol, _, _ = load("cc312", folders(Path.cwd()), Path.cwd())
    assert protocol.file == "trialcal/protocols/cc312.yaml"
    assert len(protocol.sha256) == 64


def test_the_sum_is_of_all_files(home):
    path = put(home / "here", "base.yaml", "one")
    (home / "here" / "site.yaml").write_text("extends: base.yaml\nid: site\n", encoding="utf-8")
    places = (Folder(home / "here", "here"),)
    first = load("site.yaml", places, Path.cwd()).protocol.sha256
    path.write_text(path.read_text().replace("one", "two"))
    assert load("site.yaml", places, Path.cwd()).protocol.sha256 != first


def test_only_files_that_an_id_can_name_are_listed(home):
    for name in ("a\x1b[31m.yaml", "a\u202eb.yaml", "a\nb.yaml", "Mine.yaml", "a b.yaml", "mine.yaml"):
        put(home / "here" / "protocols", name, "x")
    out = run("protocols").out.decode()
    assert [line.split()[0] for line in out.splitlines()[::2]][:3] == ["mine", "cc312", "gc012f"]
    assert out.replace("\n", "").isprintable()
    assert "known here: mine, cc312, gc012f, lzzt, " in run("show", "zzzzzzz").err


def test_a_folder_with_an_unprintable_name(home, monkeypatch):
    put(home / "a\x1b[31m" / "protocols", "mine.yaml", "x")
    monkeypatch.chdir(home / "a\x1b[31m")
    assert "\x1b" not in run("protocols").out.decode()


def test_known_names_are_told_once(home):
    put(home / "here" / "protocols", "cc312.yaml", "here")
    assert run("show", "zzzzzzz").err.count("cc312") == 1


def test_the_list_of_protocols(home):
    put(home / "here" / "protocols", "cc312.yaml", "here")
    put(home / "here" / "protocols", "broken.yaml", "here").write_text("id: [")
    out = run("protocols").out.decode()
    lines = out.splitlines()
    assert lines[0].startswith("broken  1 error: see trialcal check ")
    assert lines[2] == "cc312  here (no source stated)"
    assert sum("[hidden by the one above]" in line for line in lines) == 1
    assert lines[-1].startswith("looked for in ./protocols (")
