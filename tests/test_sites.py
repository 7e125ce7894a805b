"""A site's file says on which days and in which hours visits can begin; what is wrong with one is told at once."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import yaml
from command import run
from hypothesis import given
from hypothesis import strategies as st
from pages import blocks, tables

from trialcal.files.daysets import parse_days, parse_hours
from trialcal.files.keys import SITE_SHAPES, SITE_WORDS
from trialcal.files.library import bundled
from trialcal.files.phrases import Mistake
from trialcal.files.schema import site_schema
from trialcal.files.sites import load_site, quick_site, read_site
from trialcal.files.tree import parse
from trialcal.opening import ANYONE, hours_told, opening_of
from trialcal.site import AnyDay, Site, Weekend, WorkingWeekends

TESTS = Path(__file__).parent
BAD = TESTS / "bad_sites"
CASES = sorted(path.stem for path in BAD.glob("*.yaml"))
PAGE = (TESTS.parent / "docs" / "site.md").read_text(encoding="utf-8")
EXAMPLES = [block for block in blocks(PAGE) if block.language == "yaml"]
HEAD = "name: Day clinic\ntime_zone: Europe/Berlin\n"
CLINIC = f"""\
{HEAD}holidays: {{country: DE, subdivision: BY}}
hours:
  Mon-Thu: 08:00-16:00
  Fri: 08:00-12:00
closed:
  - {{on: second Tuesday of the month, reason: staff training}}
  - {{on: 2025-12-24 to 2026-01-01, reason: ward closed}}
  - {{on: 2025-05-30, hours: 10:00-16:00, reason: half day}}
open:
  - {{on: 2025-10-03, hours: 09:00-12:00, reason: emergency infusions}}
visits:
  dose: {{on: Mon-Thu, hours: 08:00-14:00, reason: pharmacy, weight: 10}}
  phone: {{on: any day}}
  home: {{on: any day, hours: 09:00-20:00}}
  leukapheresis: {{on: Tue, only_start: true}}
"""


@pytest.fixture(autouse=True)
def in_a_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-settings"))


def read(text: str) -> Site:
    tree, problems = parse(text.encode(), "site.yaml")
    assert tree is not None
    assert problems == ()
    site, problems = read_site(tree, "site.yaml")
    assert [problem.told() for problem in problems if problem.level == "error"] == []
    assert site is not None
    return site


def told(site: Site, day: str, kind: str = ANYONE) -> str:
    """The hours of a day, or why it has none."""
    found = opening_of(site).day(kind, date.fromisoformat(day).toordinal())
    return hours_told(found.hours) if found.hours else f"no: {found.reason}"


# --- days in words ------------------------------------------------------------------------------------------

# Days of January 2025, which begins on a Wednesday; where a line names other dates, those.
MONDAYS, WEDNESDAYS = {6, 13, 20, 27}, {1, 8, 15, 22, 29}
DAYS = [
    ("Mon", "Mon", MONDAYS),
    ("Mondays", "Mon", MONDAYS),
    ("every Monday", "Mon", MONDAYS),
    ("MON.", "Mon", MONDAYS),
    ("Mon, Wed", "Mon, Wed", MONDAYS | WEDNESDAYS),
    ("Mondays and Wednesdays", "Mon, Wed", MONDAYS | WEDNESDAYS),
    ("Mon-Wed", "Mon-Wed", MONDAYS | WEDNESDAYS | {7, 14, 21, 28}),
    ("Monday to Wednesday", "Mon-Wed", MONDAYS | WEDNESDAYS | {7, 14, 21, 28}),
    ("Mon – Tues, Weds", "Mon-Tue, Wed", MONDAYS | WEDNESDAYS | {7, 14, 21, 28}),
    ("Fri-Mon", "Fri-Mon", MONDAYS | {3, 4, 5, 10, 11, 12, 17, 18, 19, 24, 25, 26, 31}),
    ("Mon-Sun", "Mon-Sun", set(range(1, 32))),
    ("first Wednesday of the month", "the first Wednesday of the month", {1}),
    ("second Tuesday of the month", "the second Tuesday of the month", {14}),
    ("2nd Tuesday of the month", "the second Tuesday of the month", {14}),
    ("the third Mon of every month", "the third Monday of the month", {20}),
    ("4th Friday of the month", "the fourth Friday of the month", {24}),
    ("fifth Friday of the month", "the fifth Friday of the month", {31}),
    ("fifth Monday of the month", "the fifth Monday of the month", set()),
    ("last Friday of the month", "the last Friday of the month", {31}),
    ("every last Monday of the month", "the last Monday of the month", {27}),
    ("2025-01-24", "2025-01-24", {24}),
    ("2025-01-24 to 2025-01-24", "2025-01-24", {24}),
    ("2025-01-30 to 2025-02-03", "2025-01-30 to 2025-02-03", {30, 31}),
    ("2024-12-24 – 2025-01-02", "2024-12-24 to 2025-01-02", {1, 2}),
    ("6 January every year", "6 January every year", {6}),
    ("6. Jan each year", "6 January every year", {6}),
    ("January 6th every year", "6 January every year", {6}),
    ("24 Dec to 1 Jan every year", "24 December to 1 January every year", {1}),
    ("30 January to 2 February every year", "30 January to 2 February every year", {30, 31}),
    ("27-30 January every year", "27 January to 30 January every year", {27, 28, 29, 30}),
]


@pytest.mark.parametrize(("phrase", "words", "numbers"), DAYS)
def test_days(phrase, words, numbers):
    days = parse_days(phrase)
    assert days.told == words
    assert {number for number in range(1, 32) if days.has(date(2025, 1, number).toordinal())} == numbers


@pytest.mark.parametrize(
    ("phrase", "kind"),
    [("weekends", Weekend), ("Weekend", Weekend), ("every weekend", Weekend), ("any day", AnyDay),
     ("Any Day", AnyDay), ("working weekend days", WorkingWeekends), ("working weekends", WorkingWeekends)],
)  # fmt: skip
def test_days_that_the_country_knows(phrase, kind):
    assert parse_days(phrase) == kind()


def test_29_february_of_every_year():
    days = parse_days("29 February every year")
    assert [year for year in range(2024, 2030) if days.has(date(year, 3, 1).toordinal() - 1)] == [2024, 2028]


@pytest.mark.parametrize(
    ("phrase", "hours"),
    [
        ("08:00-16:00", ((480, 960),)),
        ("8:00 – 16:00", ((480, 960),)),
        ("08:00 to 16:00", ((480, 960),)),
        ("08:00-12:00 and 13:00-16:00", ((480, 720), (780, 960))),
        ("13:00-16:00, 08:00-12:00", ((480, 720), (780, 960))),
        ("08:00-12:00 and 12:00-16:00", ((480, 960),)),
        ("all day", ((0, 1440),)),
        ("00:00-24:00", ((0, 1440),)),
        ("23:59-24:00", ((1439, 1440),)),
    ],
)
def test_hours(phrase, hours):
    assert parse_hours(phrase) == hours


@given(st.one_of(st.text(max_size=40), st.from_regex(r"[0-9:apm.h -]{1,14}", fullmatch=True)))
def test_any_text_is_a_phrase_or_a_mistake_with_advice(text):
    for read_phrase in (parse_days, parse_hours):
        try:
            read_phrase(text)
        except Mistake as mistake:
            assert mistake.message
            assert mistake.hint


@given(
    st.lists(
        st.sampled_from(
            ["every", "second", "Tuesday", "of", "the", "month", "2025-12-24", "to", "24", "December", "year", "-",
             ",", "31", "Feb", "Mon", "weekends", "and", "last", "2026", "0", "99"]
        ),
        max_size=6,
    )
)  # fmt: skip
def test_any_words_are_a_phrase_or_a_mistake_with_advice(words):
    try:
        assert parse_days(" ".join(words)).told
    except Mistake as mistake:
        assert mistake.hint


# --- a whole file -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "kind", "expected"),
    [
        ("2025-05-26", "", "08:00-16:00"),  # Monday
        ("2025-05-23", "", "08:00-12:00"),  # Friday
        ("2025-05-24", "", "no: no opening hours on Sat"),
        ("2025-05-30", "", "08:00-10:00"),  # the half day begins at 10:00
        ("2025-06-10", "", "no: staff training"),  # the second Tuesday
        ("2025-06-03", "", "08:00-16:00"),  # the first
        ("2025-06-19", "", "no: Corpus Christi"),
        ("2025-12-23", "", "08:00-16:00"),
        ("2025-12-24", "", "no: ward closed"),
        ("2026-01-01", "", "no: ward closed"),
        ("2026-01-02", "", "08:00-12:00"),
        ("2025-10-03", "", "09:00-12:00"),  # German Unity Day, on which it is open
        ("2025-05-26", "dose", "08:00-14:00"),
        ("2025-05-23", "dose", "no: dose only on Mon-Thu: pharmacy"),
        ("2025-06-19", "dose", "no: Corpus Christi"),
        ("2025-06-19", "phone", "00:00-24:00"),
        ("2025-12-25", "home", "09:00-20:00"),
        ("2025-06-03", "leukapheresis", "08:00-16:00"),
        ("2025-06-10", "leukapheresis", "no: staff training"),
        ("2025-06-04", "leukapheresis", "no: leukapheresis only on Tue"),
    ],
)
def test_day_of_a_clinic(day, kind, expected):
    assert told(read(CLINIC), day, kind) == expected


def test_head_and_visits_of_a_clinic():
    site = read(CLINIC)
    assert (site.name, site.zone, site.public.told) == ("Day clinic", ZoneInfo("Europe/Berlin"), "DE-BY")
    assert site.file == "site.yaml"
    dose, leukapheresis = site.possible["dose"], site.possible["leukapheresis"]
    assert (dose.weight, dose.reason, dose.only_start) == (10, "pharmacy", False)
    assert (leukapheresis.weight, leukapheresis.only_start) == (None, True)
    assert site.closures[1].place.line == 9


def test_a_list_of_phrases_is_all_of_them():
    site = read(f"{HEAD}closed:\n  - {{on: [weekends, Wed, 2025-06-05], reason: closed}}\n")
    closed = [day for day in range(1, 9) if told(site, f"2025-06-0{day}").startswith("no")]
    assert closed == [1, 4, 5, 7, 8]


def test_a_part_of_every_day_can_be_closed():
    site = read(f"{HEAD}closed:\n  - {{on: any day, hours: 12:00-13:00, reason: lunch}}\n")
    assert told(site, "2025-06-01") == "00:00-12:00 and 13:00-24:00"


def test_a_part_of_an_open_day_can_be_closed():
    closed = "closed:\n  - {on: 2025-12-24, hours: 10:00-24:00, reason: half day}\n"
    site = read(f"{HEAD}{closed}open:\n  - {{on: 2025-12-24, reason: dosing}}\n")
    assert told(site, "2025-12-24") == "00:00-10:00"


def test_a_year_without_an_open_day_is_not_every_day():
    closed = "closed:\n  - {on: 2024-01-01 to 2024-12-31, reason: building}\n"
    assert told(read(HEAD + closed), "2024-06-03") == "no: building"
    week = "closed:\n  - {on: Mon-Sun, reason: strike}\nopen:\n  - {on: 2024-06-03, reason: x}\n"
    _, problems = read_site(parse((HEAD + week).encode(), "site.yaml")[0], "site.yaml")
    assert [problem.message for problem in problems] == ["every day is closed"]


def test_only_what_must_stand():
    site = read(HEAD)
    assert told(site, "2025-12-25") == "00:00-24:00"
    assert not opening_of(site).closes


def test_a_visit_of_working_weekends_alone():
    site = read(f"{HEAD}holidays: {{country: CN}}\nvisits:\n  dose: {{on: working weekend days}}\n")
    assert told(site, "2025-01-26", "dose") == "00:00-24:00"
    assert told(site, "2025-01-27", "dose") == "no: dose only on working weekend days"


# --- what check says ----------------------------------------------------------------------------------------


def test_check_says_what_a_site_says():
    Path("clinic.yaml").write_text(CLINIC.replace("Fri: 08:00-12:00", "Fri: 08:00-12:00 and 13:00-14:00"), "utf-8")
    code, out, err = run("check", "clinic.yaml")
    expected = """\
clinic.yaml: no errors
  Day clinic, Europe/Berlin
  open Mon-Thu 08:00-16:00, Fri 08:00-12:00 and 13:00-14:00
  closed Sat and Sun
  public holidays of DE-BY, known until 2100; the weekend there is Sat and Sun
  3 closures: the second Tuesday of the month (staff training), 2025-12-24 to 2026-01-01 (ward closed), \
2025-05-30 10:00-16:00 (half day)
  1 exception, open: 2025-10-03 09:00-12:00 (emergency infusions)
  dose: only on Mon-Thu, only 08:00-14:00, weight 10, pharmacy
  phone: any day, also where the site is closed
  home: any day, also where the site is closed, only 09:00-20:00
  leukapheresis: only on Tue, of several dates only the first must be open
"""
    assert re.sub(r"until 2[0-9]{3}", "until 2100", out.decode()) == expected
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ["open Mon-Sun all day"]),
        ("closed:\n  - {on: Wed, reason: x}\n", ["open Mon and Tue all day, Thu-Sun all day", "closed Wed"]),
        ("closed:\n  - {on: [Mon, Wed, Fri], reason: x}\n", [
            "open Tue all day, Thu all day, Sat and Sun all day", "closed Mon, Wed and Fri"]),
        ("closed:\n  - {on: Fri, hours: 12:00-24:00, reason: x}\n", [
            "open Mon-Thu all day, Fri 00:00-12:00, Sat and Sun all day"]),
        ("holidays: {country: CN}\nhours: {Mon-Fri: 08:00-16:00, working weekend days: 09:00-12:00}\n", [
            "open Mon-Fri 08:00-16:00, working weekend days 09:00-12:00", "closed Sat and Sun"]),
    ],
)  # fmt: skip
def test_check_says_how_the_weeks_are(text, lines):
    Path("site.yaml").write_text(HEAD + text, "utf-8")
    code, out, _ = run("check", "site.yaml")
    assert code == 0
    shown = [line.strip() for line in out.decode().splitlines()]
    assert [line for line in shown if re.match(r"open |closed ", line)] == lines


# --- broken files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_message(case, monkeypatch):
    monkeypatch.chdir(BAD)
    expected = (BAD / f"{case}.txt").read_text(encoding="utf-8")
    code, out, err = run("check", f"{case}.yaml")
    assert re.sub(r"known until 2[0-9]{3}", "known until YEAR", out.decode()) == expected
    assert (code, err) == (1 if ": error: " in expected else 0, "")


@pytest.mark.parametrize("case", CASES)
def test_no_site_where_there_are_errors(case):
    site, problems = load_site(f"{case}.yaml", BAD)
    assert (site is None) is any(problem.level == "error" for problem in problems)
    assert problems


def test_every_message_has_its_file():
    assert sorted(path.stem for path in BAD.glob("*.txt")) == CASES


@pytest.mark.parametrize("case", CASES)
def test_messages_say_where_and_what_to_write(case):
    """Each problem stands in a line with a place, and says what to do about it in brackets."""
    lines = [line for line in (BAD / f"{case}.txt").read_text(encoding="utf-8").splitlines() if line[:2] != "  "]
    *problems, last = lines
    assert re.fullmatch(rf"{case}\.yaml: (no errors|\d+ errors?)(, \d+ warnings?)?", last)
    assert problems
    places = [re.fullmatch(r"([\w.-]+:\d+:\d+): (?:error|warning): .+ \(.+\)", line) for line in problems]
    assert all(places)
    assert len({found[1] for found in places}) == len(places), "told twice"


def test_file_that_is_not_there():
    site, problems = load_site("nothing.yaml", Path.cwd())
    assert site is None
    assert [(problem.code, problem.place.file) for problem in problems] == [("no-such-file", "nothing.yaml")]


def test_broken_yaml_is_told_once():
    Path("site.yaml").write_text(f"{HEAD}closed:\n  - {{on: [weekends, reason: weekend}}\n", "utf-8")
    site, problems = load_site("site.yaml", Path.cwd())
    assert site is None
    assert [problem.code for problem in problems] == ["yaml-malformed"]


@given(st.lists(st.sampled_from([*CLINIC.splitlines(), "  - {}", "x: []", "hours: {}", "  dose: [1]"]), max_size=12))
def test_no_file_is_too_broken_to_be_told(lines):
    tree, _ = parse("\n".join(lines).encode(), "site.yaml")
    if tree is not None:
        site, problems = read_site(tree, "site.yaml")
        assert (site is None) is any(problem.level == "error" for problem in problems)


# --- a protocol for a site, a site for a protocol -----------------------------------------------------------


@pytest.mark.parametrize("name", ["cc312", "gc012f"])
def test_protocol_given_as_site(name):
    site, problems = load_site(f"{name}.yaml", bundled())
    assert site is None
    (problem,) = problems
    assert problem.message == "this is a protocol, not a site's file"
    assert problem.hint == "give it as --protocol FILE; a site's file has `time_zone`, `closed` and `hours`"


@pytest.mark.parametrize(
    "text",
    ["extends: cc312\nvisits:\n  dose: {window: ±2 d}\n", "id: x\ntitle: x\nvisits:\n  dose: {at: Day 1}\n"],
)
def test_beginning_of_a_protocol_given_as_site(text):
    Path("p.yaml").write_text(text, "utf-8")
    assert [problem.code for problem in load_site("p.yaml", Path.cwd())[1]] == ["protocol-file"]


@pytest.mark.parametrize("command", [["show"], ["plan", "--start", "2025-03-03", "--protocol"]])
def test_site_given_as_protocol(command):
    Path("clinic.yaml").write_text(CLINIC, "utf-8")
    code, out, err = run(*command, "clinic.yaml")
    assert (code, out) == (1, b"")
    assert err == "clinic.yaml:1:1: error: this is a site's file, not a protocol (give it as --site FILE)\n"


def test_site_with_a_misspelt_key_is_still_a_site():
    Path("clinic.yaml").write_text("name: x\ntimezone: Europe/Berlin\n", "utf-8")
    code, out, _ = run("check", "clinic.yaml")
    assert code == 1
    assert out.decode().splitlines()[0] == (
        "clinic.yaml:2:1: error: timezone: `timezone` is no key of a site (did you mean `time_zone`?)"
    )


def test_a_file_of_neither_kind_is_read_as_what_it_is_given_for():
    Path("some.yaml").write_text("name: x\nvisits: {}\n", "utf-8")
    assert "a protocol lacks `id`" in run("check", "some.yaml").out.decode()
    assert "a site lacks `time_zone`" in load_site("some.yaml", Path.cwd())[1][0].message


def test_protocol_that_extends_a_site():
    Path("clinic.yaml").write_text(CLINIC, "utf-8")
    Path("study.yaml").write_text("extends: ./clinic.yaml\nid: study\n", "utf-8")
    code, out, _ = run("check", "study.yaml")
    assert code == 1
    assert out.decode().splitlines() == [
        "clinic.yaml:1:1: error: this is a site's file, not a protocol (give it as --site FILE)",
        "study.yaml: 1 error, no assumed values",
    ]


# --- a few words on the command line ------------------------------------------------------------------------


def test_quick_site():
    closed = ["weekends", "Fri", "2nd Tuesday of the month", "2025-12-24", "2025-12-29 to 2025-12-31", "Mon, Wed"]
    site, problems = quick_site(closed, "CN", ZoneInfo("Asia/Shanghai"))
    assert problems == ()
    assert [closure.reason for closure in site.closures] == [
        "weekend", "closed on Fridays", "closed on the second Tuesday of the month", "closed", "closed",
        "closed on Mon, Wed",
    ]  # fmt: skip
    assert (site.zone, site.public.told) == (ZoneInfo("Asia/Shanghai"), "CN")
    assert told(site, "2025-01-26") == "00:00-24:00"  # a Sunday on which people work
    assert told(site, "2025-02-02") == "no: weekend"
    assert told(site, "2025-12-30") == "no: closed"


def test_quick_site_of_nothing():
    site, problems = quick_site([], None, None)
    assert problems == ()
    assert (site.zone, site.public, site.closures) == (None, None, ())


def test_the_same_words_twice_are_one_closure():
    site, _ = quick_site(["weekends", "weekends"], None, None)
    assert len(site.closures) == 1


def test_quick_closures_are_added_to_a_site():
    clinic = read(CLINIC)
    site, problems = quick_site(["2025-05-26"], None, ZoneInfo("Asia/Shanghai"), beside=clinic)
    assert problems == ()
    assert told(site, "2025-05-26") == "no: closed"
    assert told(site, "2025-06-19") == "no: Corpus Christi"
    assert (site.name, site.zone, site.file) == (clinic.name, clinic.zone, clinic.file)
    assert told(clinic, "2025-05-26") == "08:00-16:00"
    without_zone, _ = quick_site([], None, ZoneInfo("Asia/Shanghai"), beside=Site())
    assert without_zone.zone == ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("closed", "holidays", "beside", "expected"),
    [
        (["any day"], None, None, ["error: --closed: 'any day' closes every day "
                                   "(name the days, as weekends or 2025-12-24)"]),
        (["8 March", "Mondey"], "XQ", None, [
            "error: --holidays: there is no country 'XQ' (write the country's two letters, as DE, CN or US)",
            "error: --closed: '8 March' has no year "
            "(write '8 March every year', or dates with their year, as 2025-12-24)",
            "error: --closed: 'Mondey' is no phrase for days (did you mean 'Monday'?)"]),
        (["weekends", "Mon-Fri"], None, None, [
            "error: --closed: every day is closed then (leave out the days on which visits are possible)"]),
        (["Mon-Fri"], None, CLINIC, [
            "error: --closed: every day is closed then (leave out the days on which visits are possible)"]),
        (["Tue"], None, CLINIC, [
            "error: site.yaml:17:3: visits.leukapheresis: `leukapheresis` is possible on no day: closed on Tuesdays "
            "(compare its days and hours with the site's; with `on: any day` closed days count as well)"]),
        (["2025-10-03"], None, CLINIC, [
            "error: site.yaml:12:5: open[1]: 2025-10-03 is both closed and open (leave one of the two out)"]),
        ([], "CN", CLINIC, ["error: --holidays: the site keeps the holidays of DE-BY "
                            "(leave --holidays out, or change site.yaml)"]),
        ([], "DE-BY", CLINIC, []),
        ([], "DE", None, ["warning: --holidays: only the holidays of all of Germany are closed; "
                          "its parts have others (name the site's own, as DE-BB; or write DE-none)"]),
        ([], "DE-none", None, []),
        ([], "CN", f"{HEAD}hours: {{Mon-Fri: 08:00-16:00}}\n", [
            "warning: on working weekend days, as CN has them, the site is open all day "
            "(add `working weekend days: 08:00-16:00` to `hours`, or put them under `closed`)"]),
    ],
)  # fmt: skip
def test_problems_of_a_quick_site(closed, holidays, beside, expected):
    site, problems = quick_site(closed, holidays, None, beside=read(beside) if beside else None)
    assert [re.sub(r"^(\S+:\d+): (error): ", r"\2: \1: ", problem.told()) for problem in problems] == expected
    assert (site is None) is any(line.startswith("error") for line in expected)


# --- the schema ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(site_schema())


def mistakes(validator, text):
    """What an editor would show; a date or a time without quotes is text to YAML 1.2."""
    value = json.loads(json.dumps(yaml.load(text, yaml.BaseLoader)))
    return [error.message for error in validator.iter_errors(value)]


def test_schema_is_printed():
    ran = run("schema", "--site")
    assert ran.code == 0
    assert json.loads(ran.out) == site_schema()
    jsonschema.Draft202012Validator.check_schema(site_schema())
    assert json.loads(run("schema").out) != site_schema()


def test_schema_knows_a_good_site(validator):
    assert mistakes(validator, CLINIC) == []


@pytest.mark.parametrize(
    "case",
    ["name-missing", "zone-missing", "zone-misspelt-key", "unknown-key", "holidays-as-text", "hours-as-list",
     "holidays-without-country", "subdivision-misspelt-key", "hours-as-text", "hours-of-a-list", "closed-as-table",
     "closed-as-text", "closure-without-reason", "closure-without-days", "closure-misspelt-keys",
     "open-without-reason", "open-misspelt-keys", "closure-empty-list", "visit-as-text", "visit-id-with-capital",
     "visits-as-list",
     "visit-like-in-a-protocol", "visit-only-start-as-yes", "phrase-too-long"],
)  # fmt: skip
def test_schema_shows_a_wrong_form(validator, case):
    assert mistakes(validator, (BAD / f"{case}.yaml").read_text(encoding="utf-8"))


def test_the_reader_takes_no_site_that_the_schema_refuses(validator):
    for case in CASES:
        if ": error: " not in (BAD / f"{case}.txt").read_text(encoding="utf-8"):
            assert mistakes(validator, (BAD / f"{case}.yaml").read_text(encoding="utf-8")) == [], case


@pytest.mark.parametrize("shape", SITE_SHAPES)
def test_every_key_has_words_and_an_example(shape):
    keys = SITE_SHAPES[shape]
    found = site_schema()
    properties = (found if shape == "site" else found["$defs"][shape])["properties"]
    assert {key.name: key.says for key in keys} == {name: value["description"] for name, value in properties.items()}
    examples = "\n".join(block.text for block in EXAMPLES)
    for key in keys:
        assert len(key.says.split()) >= 2
        assert not key.says.endswith(".")
        assert not key.of or key.of in SITE_SHAPES
        assert re.search(rf"(?:^|[\s{{,-]){key.name}:", examples, re.M), (
            f"docs/site.md has no example of `{key.name}`"
        )


def test_other_words_are_for_keys_that_exist():
    names = {key.name for keys in SITE_SHAPES.values() for key in keys}
    assert set(SITE_WORDS.values()) <= names
    assert not set(SITE_WORDS) & {key.name for key in SITE_SHAPES["site"]}


# --- the page -----------------------------------------------------------------------------------------------


def test_the_page_has_examples():
    assert len(EXAMPLES) >= 6
    assert EXAMPLES[0].text.startswith("name:")


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: f"line {block.line}")
def test_example_of_the_page(block, validator):
    """Each example is read without problems, and its days are as the table below it says."""
    text = block.text if block.text.startswith("name:") else HEAD + block.text
    tree, problems = parse(text.encode(), "site.yaml")
    assert problems == ()
    site, problems = read_site(tree, "site.yaml")
    assert [problem.told() for problem in problems] == []
    assert mistakes(validator, text) == []
    rows = [row for table in tables(block.after) if "day" in table[0] for row in table]
    assert rows, "an example has a table of days"
    for row in rows:
        name, day = row["day"].split()
        assert f"{date.fromisoformat(day):%a}" == name, row
        for kind, cell in row.items():
            if kind not in ("day", "why"):
                assert told(site, day, ANYONE if kind == "visits" else kind) == cell, row


def test_yearly_days_of_the_page_are_not_only_this_year():
    days = parse_days("24 December every year")
    assert all(days.has((date(year, 12, 25) - timedelta(days=1)).toordinal()) for year in range(2020, 2040))
