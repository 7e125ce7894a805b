"""The phrases that count subjects, and those that must be refused since they could mean two things."""

from __future__ import annotations

import pytest

from trialcal.files.counted import parse_counts
from trialcal.files.phrases import Mistake


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("0", 0, 0),
        ("0-1", 0, 1),
        ("0 to 1", 0, 1),
        ("0 or 1", 0, 1),
        ("2 or more", 2, None),
        ("at least 2", 2, None),
        ("at most 1", 0, 1),
        ("1 or fewer", 0, 1),
    ],
)
def test_numbers_of_subjects(text, least, most):
    assert parse_counts(text) == (least, most)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0 or 2", "'0 or 2' leaves numbers out"),
        ("1 or 1", "'1 or 1' leaves numbers out"),
        ("3-2", "'3-2' runs backwards"),
        ("-1", "is no number of subjects"),
        ("two", "is no number of subjects"),
        ("1.5", "is no number of subjects"),
        ("1,2", "is no number of subjects"),
    ],
)
def test_what_is_no_number_of_subjects(text, told):
    with pytest.raises(Mistake, match=told):
        parse_counts(text)
