"""`trialcal simulate`: what it writes, that it is the same each time, and what wrong options get."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from command import run

import trialcal.cli.simulations as command
from trialcal.cli.chances import parse_rate, parse_share
from trialcal.files.phrases import Mistake

SITE = """\
extends: cc312
id: cc312-site
periods: {dlt: {name: DLT observation, from: priming, until: 28 d after priming}}
escalation: {dlt_period: dlt, complete: the day after}
"""
CHANCE = ("--arrival", "2/month", "--screening", "14d", "--screen-failure", "30%")
DLTS = ("--dlt", "group-1=10%", "--dlt", "group-2=0.2", "--dlt", "group-3=0,3")
FROM = ("--from", "2026-01-05")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-settings"))
    monkeypatch.setenv("COLUMNS", "100")
    Path("site.yaml").write_text(SITE, encoding="utf-8")
    return tmp_path


def simulate(*more: str, protocol: str = "site.yaml", runs: str = "200"):
    return run("simulate", "--protocol", protocol, *FROM, *CHANCE, "--runs", runs, *more)


def document(*more: str, **fields: str):
    done = simulate(*DLTS, "--format", "json", *more, **fields)
    assert done.code == 0, done.err
    return json.loads(done.out)


# --- the result -------------------------------------------------------------------------------------------------


def test_page_tells_the_result_and_everything_it_rests_on():
    done = simulate(*DLTS, "--closed", "weekends", "--not-evaluable", "5%", "--patience", "28d")
    assert done.code == 0, done.err
    page = " ".join(done.out.decode().split())
    for words in (
        "200 simulated escalations of cc312-site from 2026-01-05 on",
        "Seed 1",
        "Whole escalation",
        "order statistics",
        "never something in between two of them",
        "screened, up to the last one dosed",
        "lost while waiting for a place",
        "not evaluable, and replaced",
        "Monte Carlo standard error",
        "2/month on average",
        "Screening takes 14 d",
        "10% in group-1, 20% in group-2, 30% in group-3",
        "28 d, and are lost then",
        "200 runs, seed 1.",
        "from priming until 28 d after priming; complete the day after",
        "Decision one-of-3: 1 of 3 evaluable subjects with a DLT: add 3.",
        "the usual 3+3 table; the record only names the design",
        "A DLT is known and assessed on the last day of the DLT observation.",
        "Gaps between consents are exponential",
        "no file; closed: weekends",
    ):
        assert words in page, words
    assert "source: registry record NCT06888960" in done.err


def test_json_has_the_same_numbers():
    found = document()
    assert found["schema"] == "trialcal.simulation/1"
    assert found["given"]["dlt"] == {"group-1": 0.1, "group-2": 0.2, "group-3": 0.3}
    assert sum(each["runs"] for each in found["outcomes"]) == 200
    assert found["groups"][0]["reached"] == {"runs": 200, "probability": 1.0, "standard_error": 0.0}
    reached = found["groups"][1]["reached"]
    share = reached["runs"] / 200
    assert reached["standard_error"] == pytest.approx(math.sqrt(share * (1 - share) / 200))
    days = [(date.fromisoformat(day) - date(2026, 1, 5)).days for day in found["end"].values()]
    assert days == list(found["days"].values())
    assert list(found["end"]) == ["5", "25", "50", "75", "95"]
    assert all(found["assumptions"].values())


def test_closed_days_make_it_longer():
    """The first candidate is screened for 14 days, and observed until 28 days after the dose, complete then."""
    free, closed = document(), document("--closed", "weekends")
    assert free["days"]["5"] >= 14 + 29
    assert all(closed["days"][percent] > free["days"][percent] for percent in free["days"])


def test_suffixes_and_files():
    assert simulate(*DLTS, "--output", "out.json").code == 0
    assert json.loads(Path("out.json").read_text(encoding="utf-8"))["schema"] == "trialcal.simulation/1"
    assert simulate(*DLTS, "--output", "out.txt").code == 0
    assert Path("out.txt").read_text(encoding="utf-8").startswith("200 simulated")
    refused = simulate(*DLTS, "--output", "out.csv")
    assert (refused.code, "use .txt or .json" in refused.err) == (2, True)
    over = simulate(*DLTS, "--output", "site.yaml", "--format", "json")
    assert over.code == 2
    assert Path("site.yaml").read_text(encoding="utf-8") == SITE


# --- the same each time -----------------------------------------------------------------------------------------


def test_same_seed_same_result_in_one_process_or_two(monkeypatch):
    monkeypatch.setattr(command, "_WORTHWHILE", 100)
    monkeypatch.setattr(command.os, "cpu_count", lambda: 2)
    one, two = (simulate(*DLTS, "--jobs", jobs, runs="600") for jobs in ("1", "2"))
    assert (one.code, two.code) == (0, 0)
    assert one.out == two.out
    other = simulate(*DLTS, "--seed", "2", runs="600")
    assert other.out != one.out


def test_processes_that_are_started_anew_give_the_same():
    """As on Windows and macOS, where a new process has nothing of the old one."""
    program = (
        "import multiprocessing, os, sys\n"
        "multiprocessing.set_start_method('spawn')\n"
        "import trialcal.cli.simulations as command\n"
        "command._WORTHWHILE = 100\n"
        "command.os.cpu_count = lambda: 2\n"
        "sys.argv = ['trialcal', *sys.argv[1:]]\n"
        "from trialcal.cli import main\n"
        "main()\n"
    )
    words = ["simulate", "-p", "site.yaml", *FROM, *CHANCE, *DLTS, "--runs", "300", "--jobs", "2"]
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == simulate(*DLTS, runs="300").out


# --- what bad input gets ----------------------------------------------------------------------------------------


def test_protocol_without_dlt_period_says_what_to_write_where():
    done = simulate(*DLTS, protocol="cc312")
    assert (done.code, done.out) == (1, b"")
    assert "error: cc312 states no DLT period and no day from which on its observation is complete:" in done.err
    assert "write `escalation.dlt_period` and `escalation.complete` into a file of your own" in done.err
    for line in (
        "extends: cc312",
        "  dlt:",
        "    from: priming",
        "    until: N d after priming",
        "dlt_period: dlt",
        "complete: the day after",
    ):
        assert line in done.err


def test_file_that_the_message_gives_works_once_it_is_filled_in(tmp_path, monkeypatch):
    given = simulate(*DLTS, protocol="cc312").err.split("\n\n", 1)[1]
    monkeypatch.chdir(tmp_path)
    Path("own.yaml").write_text(given.replace("until: N d", "until: 27 d"), encoding="utf-8")
    assert run("check", "own.yaml").code == 0
    done = simulate(*DLTS, protocol="own.yaml", runs="2")
    assert done.code == 0, done.err


def test_protocol_of_one_subject_only_has_nothing_to_simulate():
    done = simulate(protocol="lzzt")
    assert (done.code, done.out) == (1, b"")
    assert "error: lzzt does not say what binds its subjects to each other:" in done.err


def test_every_wrong_option_is_told_at_once():
    done = run(
        *("simulate", "-p", "site.yaml", "--from", "2026-13-05", "--arrival", "0/month", "--screening", "48 h"),
        *("--screen-failure", "100%", "--dlt", "group-1=1.5", "--dlt", "group-7=10%", "--dlt", "30%"),
        *("--not-evaluable", "much", "--patience", "9 years", "--runs", "0", "--seed", "-1", "--jobs", "0"),
    )
    assert (done.code, done.out) == (2, b"")
    for words in (
        "--from: '2026-13-05': there is no month 13",
        "--arrival: with 0 candidates nobody is ever dosed",
        "--screening: 48 h is elapsed time",
        "--screen-failure: with 100% next to nobody is left (write 99% or less)",
        "--dlt group-1: '1.5' is above 1, and has no percent sign (write 1.5%)",
        "cc312-site has no dose group 'group-7'",
        "--dlt: '30%' names no dose group (write it as group-1=10%)",
        "--not-evaluable: 'much' is no probability",
        "--patience: 9 years is longer than three years",
        "--runs: 0 runs cannot be simulated",
        "--seed: -1 is below 0",
        "--jobs: 0 processes",
    ):
        assert words in done.err, words


def test_a_missing_probability_is_not_guessed():
    done = simulate("--dlt", "group-1=10%")
    assert (done.code, done.out) == (2, b"")
    assert "the probability of a DLT in group-2, group-3 is not given, and none is assumed" in done.err


def test_spare_groups_and_groups_given_twice_are_refused():
    done = simulate("--dlt", "dl-1=10%", "--dlt", "dl-1=20%", "--dlt", "spare-2=10%", protocol="gc012f")
    assert done.code == 2
    assert "--dlt: dl-1 is given twice" in done.err
    told = "--dlt: spare-2 is a spare dose group, to which no row of the decision table leads (leave it out)"
    assert told in done.err


def test_a_site_that_never_works_is_told_with_the_reason():
    never = simulate(*DLTS, "--closed", "Mon", "--closed", "Tue", "--closed", "Wed", "--closed", "Thu")
    assert (never.code, never.out) == (1, b"")
    assert "no start date in 400 days from 2026-01-05 on lets everything hold" in never.err


@pytest.mark.parametrize(
    ("text", "value"), [("30%", 0.3), ("0.3", 0.3), ("0", 0), ("1", 1), (".5", 0.5), ("2,5 %", 0.025)]
)
def test_probabilities(text, value):
    assert parse_share(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["30", "1.5", "101%", "-1%", "", "a third", "1/3"])
def test_what_is_no_probability(text):
    with pytest.raises(Mistake):
        parse_share(text)


@pytest.mark.parametrize(
    ("text", "a_day"),
    [("2/month", 24 / 365.25), ("1.5 per week", 1.5 / 7), ("3 a day", 3), ("12/years", 12 / 365.25)],
)
def test_rates(text, a_day):
    assert parse_rate(text).a_day == pytest.approx(a_day)


@pytest.mark.parametrize("text", ["2", "0/day", "month", "2/hour", "-1/day", "2/"])
def test_what_is_no_rate(text):
    with pytest.raises(Mistake):
        parse_rate(text)


@pytest.mark.parametrize("width", [60, 72, 100, 140])
def test_no_line_is_too_long_and_no_date_is_broken(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    page = simulate(*DLTS).out.decode()
    assert all(len(line) <= width for line in page.splitlines())
    when = page[page.index("── When") : page.index("── How many")]
    assert len(re.findall(r"(?<![0-9-])20[0-9]{2}-[0-9]{2}-[0-9]{2}(?![0-9-])", when)) in (
        20,
        21,
    )  # with `days after`
