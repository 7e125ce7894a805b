"""JSON and CSV: the fields, their order and their plain values, as other programs rely on them."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest
from made_schedules import NEW_YORK, made_schedule, made_visit, small_schedule

from trialcal.schedule import VISIT_FIELDS
from trialcal.subject import Dated, Subject
from trialcal.writers.rows import csv_text, json_text, plain, visit_row

COLUMNS = (
    "id name type epoch study_day on_day reference target window_start window_end earliest latest planned booked "
    "actual status clock_start clock_end open_start open_end activities assumed source notes"
)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_fields_are_the_contract() -> None:
    assert " ".join(VISIT_FIELDS) == COLUMNS
    assert " ".join(visit_row(made_visit("dose", date(2025, 3, 1)))) == COLUMNS
    assert csv_text([]) == "subject," + COLUMNS.replace(" ", ",") + "\r\n"


# --- JSON ---------------------------------------------------------------------------------------------------------


def test_json_of_the_small_schedule() -> None:
    found = json.loads(json_text(small_schedule()))
    assert list(found) == [
        "schema", "protocol", "subject", "site", "given", "feasible", "visits", "periods", "lookbacks", "timepoints",
        "problems",
    ]  # fmt: skip
    assert found["schema"] == "trialcal.schedule/1"
    assert found["protocol"] == {
        "id": "demo",
        "title": "Demo study",
        "source": "registry record NCT00000000, updated 2025-01-01 (not the protocol itself)",
        "file": None,
        "sha256": None,
    }
    assert (found["subject"], found["site"], found["feasible"]) == ("S-01", "Site 7", True)
    assert found["given"] == {"dose-1": "2025-03-01"}
    assert found["visits"][1] == {
        "id": "dose-2",
        "name": "Therapeutic dose 2",
        "type": "dose",
        "epoch": "treatment",
        "study_day": 4,
        "on_day": 4,
        "reference": "dose-1",
        "target": "2025-03-04",
        "window_start": "2025-03-03",
        "window_end": "2025-03-05",
        "earliest": "2025-03-04",
        "latest": "2025-03-05",
        "planned": "2025-03-04",
        "booked": None,
        "actual": None,
        "status": "planned",
        "clock_start": None,
        "clock_end": None,
        "open_start": None,
        "open_end": None,
        "activities": ["vital signs", "ECG; 12 leads"],
        "assumed": {"window": "the record states no windows"},
        "source": {"at": "on Day 4"},
        "notes": ["moves with Dose 1"],
        "feasible_dates": None,
    }
    assert found["periods"][1] == {
        "id": "contraception",
        "name": "Contraception",
        "start": "2025-03-01",
        "end": None,
        "end_not_before": "2025-08-28",
        "end_pending_on": "two negative tests",
        "assumed": {},
        "source": {},
        "notes": [],
    }
    assert found["problems"] == [
        {
            "level": "warning",
            "code": "tie",
            "message": "dose-2 could also be a day earlier",
            "visits": ["dose-2"],
            "chain": ["a", "b"],
            "ways": [],
        }
    ]


def test_a_lookback_speaks_from_its_first_date() -> None:
    (lookback,) = json.loads(json_text(small_schedule()))["lookbacks"]
    assert " ".join(lookback) == (
        "id name kind before from last_permitted applies_to exceptions assumed source notes"
    )
    assert (lookback["from"], lookback["last_permitted"]) == (None, "2025-01-04")


def test_json_absent_is_null_and_empty_lists_and_maps_stay() -> None:
    found = json.loads(json_text(made_schedule(made_visit("dose", None))))
    assert (found["subject"], found["site"], found["given"]) == (None, None, {})
    visit = found["visits"][0]
    empty = {"status": "planned", "id": "dose", "name": "dose"}
    empty |= {"activities": [], "assumed": {}, "source": {}, "notes": []}
    assert visit == dict.fromkeys(visit) | empty


def test_a_given_clock_time_is_local() -> None:
    clock = datetime(2025, 3, 1, 8, 30)
    schedule = made_schedule()._replace(subject=Subject("", {"dose": Dated(date(2025, 3, 1), start=clock)}))
    assert json.loads(json_text(schedule))["given"] == {"dose": "2025-03-01T08:30:00"}


def test_json_is_readable_text() -> None:
    text = json_text(made_schedule(made_visit("dose", None, name="Größe ≥ 5")))
    assert "Größe ≥ 5" in text
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2025, 3, 10, 16, 30), "2025-03-10T16:30:00"),
        (datetime(2025, 3, 10, 16, 30, tzinfo=NEW_YORK), "2025-03-10T16:30:00-04:00"),
        (datetime(2025, 1, 10, 16, 30, tzinfo=NEW_YORK), "2025-01-10T16:30:00-05:00"),
        (datetime(2025, 3, 10, 16, 30, tzinfo=UTC), "2025-03-10T16:30:00+00:00"),
        (date(2025, 3, 10), "2025-03-10"),
        (-3, -3),
        (0, 0),
        ("", None),
        (None, None),
        ((), []),
        ({}, {}),
    ],
)
def test_plain_values(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_what_has_no_plain_form_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes"):
        plain(b"")


# --- CSV ----------------------------------------------------------------------------------------------------------


def test_csv_of_the_small_schedule() -> None:
    rows = rows_of(csv_text([small_schedule()]))
    assert [row["id"] for row in rows] == ["dose-1", "dose-2", "lab", "follow-up"]
    assert rows[1] == {
        "subject": "S-01",
        "id": "dose-2",
        "name": "Therapeutic dose 2",
        "type": "dose",
        "epoch": "treatment",
        "study_day": "4",
        "on_day": "4",
        "reference": "dose-1",
        "target": "2025-03-04",
        "window_start": "2025-03-03",
        "window_end": "2025-03-05",
        "earliest": "2025-03-04",
        "latest": "2025-03-05",
        "planned": "2025-03-04",
        "booked": "",
        "actual": "",
        "status": "planned",
        "clock_start": "",
        "clock_end": "",
        "open_start": "",
        "open_end": "",
        "activities": "vital signs; ECG; 12 leads",
        "assumed": '{"window": "the record states no windows"}',
        "source": '{"at": "on Day 4"}',
        "notes": "moves with Dose 1",
    }


def test_csv_of_several_subjects_has_one_header() -> None:
    rows = rows_of(csv_text([small_schedule(), small_schedule(subject="S-02")]))
    assert [row["subject"] for row in rows] == ["S-01"] * 4 + ["S-02"] * 4


def test_csv_lines_end_as_rfc_4180_says() -> None:
    text = csv_text([made_schedule(made_visit("dose", None, name='a "b", c\nd'))])
    assert text.count("\r\n") == 2
    assert '"a ""b"", c\nd"' in text
    assert rows_of(text)[0]["name"] == 'a "b", c\nd'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_text_is_no_formula(start: str) -> None:
    text = f"{start}1+1"
    visit = made_visit("dose", None, name=text, notes=(text, "b"))
    (row,) = rows_of(csv_text([made_schedule(visit, subject=text)]))
    assert (row["subject"], row["name"], row["notes"]) == (f"'{text}", f"'{text}", f"'{text}; b")


def test_csv_numbers_are_no_text() -> None:
    (row,) = rows_of(csv_text([made_schedule(made_visit("dose", date(2025, 3, 1), study_day=-3, on_day=0))]))
    assert (row["study_day"], row["on_day"], row["planned"]) == ("-3", "0", "2025-03-01")
