"""Times: what is read, what is refused, and that the column road agrees with the single one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.errors import InputError
from genealogy.times import parse_time, parse_times

HOUR = 3600 * 10**6
BERLIN = "Europe/Berlin"


def micro(moment):
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2026-05-01T10:00:00Z", "2026-05-01T10:00:00Z"),
        ("2026-05-01t10:00:00z", "2026-05-01T10:00:00Z"),
        ("2026-05-01 12:00:00+02:00", "2026-05-01T10:00:00Z"),
        ("2026-05-01T12:00+0200", "2026-05-01T10:00:00Z"),
        ("2026-05-01T00:30+02", "2026-04-30T22:30:00Z"),
        ("2026-05-01T10Z", "2026-05-01T10:00:00Z"),
        ("20260501T100000Z", "2026-05-01T10:00:00Z"),
        ("2026-05-01T10:00:00.500Z", "2026-05-01T10:00:00.5Z"),
        ("2026-05-01T10:00:00,000Z", "2026-05-01T10:00:00Z"),
        ("2026-05-01T10:00:00.1234567890Z", "2026-05-01T10:00:00.123456789Z"),
        ("2026-04-30T24:00:00Z", "2026-05-01T00:00:00Z"),
        ("2024-02-29T10:00:00-11:30", "2024-02-29T21:30:00Z"),
        ("2026-05-01Z", "2026-05-01[Z]"),
        ("2026-05-01+00:00", "2026-05-01[Z]"),
        ("2026-05-01-0530", "2026-05-01[-05:30]"),
        ("2026-05-01[Europe/Berlin]", "2026-05-01[Europe/Berlin]"),
        ("2026-W18-5Z", "2026-05-01[Z]"),
        ("2026-121Z", "2026-05-01[Z]"),
        ("9999-12-31Z", "9999-12-31[Z]"),
    ],
)
def test_what_is_read_without_a_zone(text, canonical):
    assert parse_time(text)[0] == canonical
    assert parse_time(canonical)[0] == canonical, "canonical text reads as itself"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2026-05-01", "time_without_zone"),
        ("2026-05-01T10:00:00", "time_without_zone"),
        ("2026-02-29Z", "bad_time"),
        ("2026-02-29T10:00:00Z", "bad_time"),
        ("2026-13-01T10:00:00Z", "bad_time"),
        ("2026-05-01T25:00:00Z", "bad_time"),
        ("2026-05-01T10:60:00Z", "bad_time"),
        ("2026-05-01T10:00:60Z", "bad_time"),
        ("2026-05-01T24:00:01Z", "bad_time"),
        ("2026-05-01T10:00:00+25:00", "bad_time"),
        ("2026-05-01T10:00:00+02:60", "bad_time"),
        ("0000-05-01T10:00:00Z", "bad_time"),
        ("0001-01-01T00:00:00+02:00", "bad_time"),
        ("9999-12-31T23:30:00-01:00", "bad_time"),
        ("01.05.2026", "bad_time"),
        ("45413", "bad_time"),
        (" 2026-05-01Z", "bad_time"),
        ("2026-05-01T10:00:00Z ", "bad_time"),
        ("2026-05-01T10:00:00.Z", "bad_time"),
        ("２０２６-05-01Z", "bad_time"),
        ("2026-05-01[Nowhere/Else]", "bad_time"),
        ("2026-05-01T10:00:00Z[Europe/Berlin]", "bad_time"),
    ],
)
def test_what_is_refused_without_a_zone(text, rule):
    assert parse_time(text) == (None, None, None, rule)
    assert parse_times(pa.array([text])).error.to_pylist() == [rule]


@pytest.mark.parametrize("zone", ["", "+2", "Berlin", "Europe", "../etc/passwd", "+99:00", "Europe/Berlin\0"])
def test_zones_that_nobody_knows(zone):
    if zone:
        with pytest.raises(InputError):
            parse_times(pa.array(["2026-05-01"]), zone)
    else:
        assert parse_time("2026-05-01", zone)[3] == "time_without_zone"


def test_days_have_as_many_hours_as_the_clock_gives_them():
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-05-01", 24)):
        canonical, start, end, _ = parse_time(day, BERLIN)
        assert canonical == f"{day}[{BERLIN}]"
        assert end - start == hours * HOUR
        assert start == micro(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(BERLIN)))


def test_days_that_begin_late_or_never():
    _, start, end, _ = parse_time("2017-10-15", "America/Sao_Paulo")  # midnight is skipped
    assert end - start == 23 * HOUR
    assert start == micro(datetime(2017, 10, 15, 3, tzinfo=UTC))
    assert parse_time("2011-12-30", "Pacific/Apia")[3] == "nonexistent_time"
    _, start, end, _ = parse_time("2026-11-01", "America/Havana")  # midnight happens twice
    assert end - start == 25 * HOUR


def test_changes_of_the_clock():
    texts = ["2026-03-29T01:59:59", "2026-03-29T02:00:00", "2026-03-29T02:59:59.999999", "2026-03-29T03:00:00",
             "2026-10-25T01:59:59", "2026-10-25T02:00:00", "2026-10-25T02:59:59", "2026-10-25T03:00:00",
             "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]  # fmt: skip
    times = parse_times(pa.array(texts), BERLIN)
    gap, twice = "nonexistent_time", "ambiguous_time"
    assert times.error.to_pylist() == [None, gap, gap, None, None, twice, twice, None, None, None]
    assert times.text.to_pylist() == [
        "2026-03-29T00:59:59Z", None, None, "2026-03-29T01:00:00Z", "2026-10-24T23:59:59Z", None, None,
        "2026-10-25T02:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z",
    ]  # fmt: skip


def test_an_offset_in_the_text_wins_over_the_zone():
    assert parse_time("2026-05-01T10:00:00Z", BERLIN)[0] == "2026-05-01T10:00:00Z"
    assert parse_time("2026-05-01T10:00:00", "+05:30")[0] == "2026-05-01T04:30:00Z"
    assert parse_time("2026-05-01", "+05:30")[0] == "2026-05-01[+05:30]"
    assert parse_time("2026-05-01", "UTC")[0] == "2026-05-01[Z]"


def test_a_column_keeps_its_rows_apart():
    texts = [
        "2026-05-01",
        "",
        None,
        "2026-05-01T10:00:00Z",
        "nonsense",
        "2026-05-01T12:00:00.25+02:00",
        "2026-05-01 12:00",
    ]
    times = parse_times(pa.chunked_array([texts[:3], texts[3:]]), BERLIN)
    assert times.text.to_pylist() == [
        "2026-05-01[Europe/Berlin]", None, None, "2026-05-01T10:00:00Z", None, "2026-05-01T10:00:00.25Z",
        "2026-05-01T10:00:00Z",
    ]  # fmt: skip
    assert times.error.to_pylist() == [None, None, None, None, "bad_time", None, None]
    assert times.end[0].as_py() - times.start[0].as_py() == 24 * HOUR
    assert times.end[3] == times.start[3]
    assert len(parse_times(pa.array([], pa.string())).text) == 0


@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 28)),
            st.sampled_from(["auto", "minutes", "seconds", "milliseconds", "microseconds"]),
            st.sampled_from(["Z", "", "+02:00", "-11:45", "+0200", "+14"]),
            st.sampled_from("T "),
        ),
        max_size=30,
    ),
    st.sampled_from([None, "UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "-03:00"]),
)
@settings(max_examples=300, deadline=None)
def test_the_column_road_agrees_with_the_single_one_and_with_datetime(moments, zone):
    texts = [f"{moment.isoformat(sep, spec)}{offset}" for moment, spec, offset, sep in moments]
    times = parse_times(pa.array(texts, pa.string()), zone)
    got = list(zip(*(column.to_pylist() for column in (times.text, times.start, times.end, times.error)), strict=True))
    assert got == [parse_time(text, zone) for text in texts]
    for text, (canonical, start, end, rule) in zip(texts, got, strict=True):
        if rule is None:
            known = datetime.fromisoformat(text)
            if known.tzinfo is None:
                own = {"UTC": UTC, "-03:00": timezone(timedelta(hours=-3))}.get(zone) or ZoneInfo(zone)
                known = known.replace(tzinfo=own)
            assert start == end == micro(known)
            assert datetime.fromisoformat(canonical) == known


@given(st.lists(st.text(st.sampled_from("0123456789-+:TZW. []/"), max_size=30) | st.text(max_size=12), max_size=20))
@settings(deadline=None)
def test_no_text_breaks_it(texts):
    for zone in (None, BERLIN):
        times = parse_times(pa.array(texts, pa.string()), zone)
        for text, canonical, rule in zip(texts, times.text.to_pylist(), times.error.to_pylist(), strict=True):
            assert (canonical is None) != (rule is None) or text == ""
            if text:
                assert parse_time(text, zone)[3] == rule
