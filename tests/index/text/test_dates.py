"""Dates and times of day in ISO 8601, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.dates import day_of, parse_moment


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-06-14", "2024-06-14"),
        ("20240614", "2024-06-14"),
        ("2024-06-14T08:00", "2024-06-14T08:00:00"),
        ("2024-06-14 08:00:07", "2024-06-14T08:00:07"),
        ("June 14, 2024 8:00 pm", "2024-06-14T20:00:00"),
        ("June 14, 2024 12:30 a.m.", "2024-06-14T00:30:00"),
        ("June 14, 2024 12:30 PM", "2024-06-14T12:30:00"),
        ("June 14, 2024 8:00 PM EDT", "2024-06-14T20:00:00-04:00"),
        ("2024-06-14T08:00:00Z", "2024-06-14T08:00:00+00:00"),
        ("2024-06-14 08:00:00 UTC", "2024-06-14T08:00:00+00:00"),
        ("2024-06-14T08:00:00.123456789+0200", "2024-06-14T08:00:00+02:00"),
        ("2024-06-14 08:00:00 -0430", "2024-06-14T08:00:00-04:30"),
        ("Fri, 14 Jun 2024 08:00:00 +0200", "2024-06-14T08:00:00+02:00"),
        ("Fri, 14 Jun 2024 08:00:00 GMT", "2024-06-14T08:00:00+00:00"),
        ("Fri Jun 14 2024 08:00:00 GMT+0300 (Eastern European Summer Time)", "2024-06-14T08:00:00+03:00"),
        (" June 14,\n2024 ", "2024-06-14"),
        ("14 June 2024", "2024-06-14"),
    ],
)
def test_a_date_is_read_as_it_is_written(written: str, read: str) -> None:
    assert parse_moment(written) == read


@pytest.mark.parametrize(
    "written",
    [
        *("", "soon", "2024", "2024-06", "14/06/2024", "2024-13-01", "2024-02-30", "1718352000", "1718352000000"),
        *(
            "2024-06-14T25:00:00Z",
            "2024-06-14T08:00:00+99:00",
            "0001-01-01T00:00:00Z",
            "1599-12-31",
            "14 Brumaire 2024",
        ),
        *("2024-06-14T", "2024-06-14 in the morning", "12:30", "Monday 2:30PM", "٢٠٢٤-٠٦-١٤"),
    ],
)
def test_what_is_no_date_is_none(written: str) -> None:
    assert parse_moment(written) is None


@given(
    st.text(st.characters(), max_size=40)
    | st.from_regex(r"[\dT:Z+ .-]{4,30}", fullmatch=True)
    | st.from_regex(r"(Mon, )?\d{1,2} [a-zA-Z]{3,4} \d{1,9}( \d\d:\d\d(:\d\d)? [+-]?\w{1,9})?", fullmatch=True)
)
def test_any_text_is_a_moment_or_none(text: str) -> None:
    read = parse_moment(text)
    assert read is None or (parse_moment(read) == read and day_of(read).year >= 1600)
