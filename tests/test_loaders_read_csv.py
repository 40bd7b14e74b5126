"""Reading CSV: every cell as written, every row numbered, no damaged line takes its neighbours along."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.documents import Documents
from genealogy.errors import FileRefusedError, InputError
from loaders import read_csv as reading
from loaders.csv_records import read_records
from loaders.raw import RawTable, Source
from loaders.read_csv import CsvLayout, parse_csv, read_csv

NASTY = [
    "00042",
    "1e5",
    " padded ",
    "NA",
    "null",
    "nan",
    "",
    "a,b",
    'say "x"',
    "two\nlines",
    "cr\rhere",
    "crlf\r\nthere",
]
NASTY += [
    "=1+1",
    "MAR-1",
    "é",
    "e\u0301",
    "\u202eabc",
    "漢字",
    "\ufeff",
    "'",
    "\t",
    ";",
    '"',
    '""',
    "1.0",
    "TRUE",
    "a|b",
    "\\",
]


def parse(data: bytes | str, layout: CsvLayout = reading.PLANT_CSV) -> RawTable:
    content = data.encode() if isinstance(data, str) else data
    return parse_csv(Source("x.csv", Path("x.csv"), "", len(content)), content, "lots", layout)


def rows(raw: RawTable) -> list[tuple[str, ...]]:
    return list(zip(*(column.to_pylist() for column in raw.cells.columns), strict=True))


def faults(raw: RawTable) -> list[tuple[int, str]]:
    return [(row.row, row.rule) for row in raw.bad]


def slowly(data: bytes, header: list[str]) -> list[tuple[str, ...]]:
    text = data.decode("utf-8", "surrogateescape")
    found = read_records(text[text.index("\n") + 1 :], header, 2, ",")
    assert not found.bad
    return list(zip(*found.columns, strict=True))


cells = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[cells] * width), max_size=8)),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_writer_of_csv_writes_reads_back_identical_on_both_ways(
    matrix: list[tuple[str, ...]], line_end: str
) -> None:
    header = [f"column {index}" for index in range(len(matrix[0]) if matrix else 2)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *matrix])
    data = text.getvalue().encode()
    raw = parse(data)
    assert raw.bad == []
    assert raw.header == header
    assert rows(raw) == matrix
    assert raw.rows.tolist() == list(range(2, 2 + len(matrix)))
    if matrix:
        assert slowly(data, header) == matrix


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(*[cells] * 3), min_size=1, max_size=6))
def test_minimal_quoting_reads_back_identical(matrix: list[tuple[str, ...]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("a", "b", "c"), *matrix])
    # csv quotes only what it must: a cell that begins with blanks and a quote would be refused, and is always quoted.
    assert rows(parse(text.getvalue())) == matrix


fragments = st.sampled_from(
    ["a", "b,c", ",", ",,", '"q"', '"q,r"', '"x""y"', "é", "\udcfc", "\n", "\n", "\r\n", "\n\n", "", '"']
)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 3), st.lists(fragments, max_size=14).map("".join))
def test_damaged_files_read_the_same_whichever_way_is_taken(width: int, body: str) -> None:
    header = ["h1", "h2", "h3"][:width]
    raw = parse((",".join(header) + "\n" + body).encode("utf-8", "surrogateescape"))
    exact = read_records(body, header, 2, ",")
    assert rows(raw) == list(zip(*exact.columns, strict=True))
    assert raw.rows.tolist() == exact.rows
    assert raw.bad == exact.bad


def test_nothing_is_interpreted() -> None:
    assert rows(parse("a,b\n00042,1e5\nNA,\nnull,2026-05-01\n  x ,TRUE\n")) == [
        ("00042", "1e5"), ("NA", ""), ("null", "2026-05-01"), ("  x ", "TRUE"),
    ]  # fmt: skip


def test_a_ragged_row_is_bad_and_its_neighbours_are_not() -> None:
    raw = parse("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n")
    assert rows(raw) == [("1", "2", "3"), ("10", "11", "12")]
    assert raw.rows.tolist() == [2, 5]
    assert faults(raw) == [(3, "ragged_row"), (4, "ragged_row")]
    assert raw.bad[0].value == "4,5"
    assert raw.bad[0].named(raw.header) == {"a": "4", "b": "5"}
    assert raw.read == 4


def test_blank_lines_are_no_records_but_have_numbers() -> None:
    raw = parse("a,b\n1,2\n\n3,4\r\n\r\n\n5,6\n\n\n")
    assert rows(raw) == [("1", "2"), ("3", "4"), ("5", "6")]
    assert raw.rows.tolist() == [2, 4, 7]
    assert raw.read == 3


def test_a_row_of_empty_cells_is_a_record() -> None:
    assert rows(parse("a,b\n,\n")) == [("", "")]


def test_bytes_that_are_not_utf8_spoil_their_row_only_and_are_kept() -> None:
    raw = parse(b"a,b\n1,M\xfcller\n2,M\xc3\xbcller\n")
    assert rows(raw) == [("2", "Müller")]
    bad = raw.bad[0]
    assert (bad.row, bad.column, bad.rule) == (2, "b", "invalid_utf8")
    assert bad.value.encode("utf-8", "surrogateescape") == b"M\xfcller"
    assert bad.cells[0] == "1"


def test_a_nul_character_spoils_its_row_only() -> None:
    raw = parse(b"a,b\n1,x\x00y\n2,z\n")
    assert rows(raw) == [("2", "z")]
    assert [(bad.row, bad.column, bad.rule, bad.value) for bad in raw.bad] == [(2, "b", "nul_character", "x\x00y")]


def test_an_unterminated_quote_does_not_swallow_the_rest() -> None:
    raw = parse('a,b,c\n1,"x,2\n3,y,4\n5,z,6\n')
    assert faults(raw) == [(2, "unterminated_quote")]
    assert raw.bad[0].value == '1,"x,2'
    assert rows(raw) == [("3", "y", "4"), ("5", "z", "6")]
    assert raw.rows.tolist() == [3, 4]
    assert "row 2" in raw.notes[0]
    assert "2 lines" in raw.notes[0]


def test_a_quote_closed_by_the_next_quoted_cell_does_not_swallow_the_rows_between() -> None:
    raw = parse('a,b,c\n1,"x,2\n3,y,4\n5,"z",6\n7,v,8\n')
    assert faults(raw) == [(2, "unterminated_quote")]
    assert rows(raw) == [("3", "y", "4"), ("5", "z", "6"), ("7", "v", "8")]


def test_the_tail_of_a_damaged_cell_is_not_taken_for_a_row() -> None:
    raw = parse('a,b,c\n1,"x,2\n3,y" tail,4\n5,z,6\n')
    assert faults(raw) == [(2, "unterminated_quote"), (3, "stray_quote")]
    assert rows(raw) == [("5", "z", "6")]


def test_a_cell_may_span_lines() -> None:
    raw = parse('a,b\n1,"x\ny"\n2,z\n')
    assert rows(raw) == [("1", "x\ny"), ("2", "z")]
    assert raw.rows.tolist() == [2, 3]


@pytest.mark.parametrize("line", ['1,"x"y', '1, "x"', '1,"a\\"b"'])
def test_misplaced_quotes_are_bad_rows(line: str) -> None:
    raw = parse(f"a,b\n{line}\n2,z\n")
    assert faults(raw) == [(2, "stray_quote")]
    assert rows(raw) == [("2", "z")]


def test_an_inch_mark_is_an_ordinary_character() -> None:
    assert rows(parse('a,b\n1,5" pipe\n')) == [("1", '5" pipe')]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending_with_and_without_a_last_one(end: str) -> None:
    for tail in ("", end):
        raw = parse(end.join(["a,b", "1,2", "3,4"]) + tail)
        assert rows(raw) == [("1", "2"), ("3", "4")]
        assert raw.rows.tolist() == [2, 3]


def test_byte_order_mark_is_accepted_and_a_second_header_is_not_special() -> None:
    raw = parse(b"\xef\xbb\xbfa,b\na,b\n1,2\n")
    assert raw.header == ["a", "b"]
    assert rows(raw) == [("a", "b"), ("1", "2")]


@pytest.mark.parametrize("data", ["a,b\n", "a,b", "a,b\r\n\r\n"])
def test_a_header_alone_is_a_table_without_rows(data: str) -> None:
    raw = parse(data)
    assert raw.header == ["a", "b"]
    assert raw.read == 0


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\n\n\n", "empty"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        ("a,b\n1,2\n".encode("utf-16-le"), "UTF-16"),
        (b"PK\x03\x04....", "zip"),
        (b"PAR1....", "Parquet"),
        (b"\xd0\xcf\x11\xe0....", "xls"),
        (b"a,b,a\n1,2,3\n", "more than one column named 'a'"),
        (b"a;b;c\n1;2;3\n", "delimiter = ';'"),
        (b"a\tb\n1\t2\n", "tabs"),
        (b"sep=;\na;b\n", "sep=;"),
        (b"M\xfcller,b\n1,2\n", "header"),
        (b'a,"b\n1,2\n', "header"),
        (b"a,,c\n1,2,3\n", "column 2"),
    ],
)
def test_what_is_refused_whole_says_what_to_do(data: bytes, says: str) -> None:
    with pytest.raises(FileRefusedError, match=r"x\.csv") as refused:
        parse(data)
    assert says in str(refused.value)


def test_columns_without_name_and_content_are_left_out() -> None:
    raw = parse("a,b,,\n1,2,,\n3,4,,\n")
    assert raw.header == ["a", "b"]
    assert rows(raw) == [("1", "2"), ("3", "4")]
    assert "2 columns" in raw.notes[0]


def test_other_layouts_serve_mapping_files() -> None:
    layout = CsvLayout(delimiter=";", encoding="cp1252", skip_rows=2)
    raw = parse("Export vom 1.5.\n\nName;Menge\nMüller;1,5\n".encode("cp1252"), layout)
    assert rows(raw) == [("Müller", "1,5")]
    assert raw.rows.tolist() == [4]


def test_an_undefined_byte_of_a_one_byte_encoding_spoils_its_row_only() -> None:
    raw = parse(b"a,b\n1,\x81\n2,\xfc\n", CsvLayout(encoding="cp1252"))
    assert rows(raw) == [("2", "ü")]
    assert faults(raw) == [(2, "invalid_utf8")]


def test_a_file_read_keeps_its_digest_and_notices_a_change(tmp_path: Path) -> None:
    path = tmp_path / "lots.csv"
    path.write_bytes(b"a,b\n1,2\n")
    raw = read_csv(path, "lots")
    documents = Documents(tmp_path / "documents")
    assert documents.read_bytes(raw.source.keep(documents)) == b"a,b\n1,2\n"
    path.write_bytes(b"a,b\n1,3\n")
    with pytest.raises(FileRefusedError, match="changed while it was being loaded"):
        raw.source.keep(documents)
    with pytest.raises(InputError, match="does not exist"):
        read_csv(tmp_path / "none.csv", "lots")
