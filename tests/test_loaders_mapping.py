"""Mapping files: other people's tables become plant tables, and every row still says where it came from."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbooks import number, sheet, text, workbook

from genealogy.errors import FileRefusedError, InputError
from loaders.discover import discover
from loaders.mapping import SOURCE_KEYS, TABLE_KEYS, find_mapping, read_mapping
from loaders.mapping_apply import apply
from loaders.mapping_cells import CELL_KEYS

if TYPE_CHECKING:
    from loaders.raw import RawTable


def run(folder: Path, mapping: str, **files: str | bytes) -> list[RawTable]:
    """Apply a mapping to files given as ``name__csv="..."``."""
    path = folder / "mapping.toml"
    path.write_text("mapping = 1\n" + mapping, encoding="utf-8")
    paths = []
    for name, content in files.items():
        paths.append(folder / name.replace("__", "."))
        paths[-1].write_bytes(content.encode() if isinstance(content, str) else content)
    return apply(read_mapping(path), paths)


def rows(raw: RawTable) -> list[dict[str, str]]:
    return [dict(row) for row in raw.cells.to_pylist()]


def one(tables: list[RawTable]) -> RawTable:
    (table,) = tables
    return table


LOTS = """
[[source]]
files = "lots.csv"
{source}
[[source.table]]
name = "lots"
{table}
[source.table.columns]
item_id = "Lot"
material_id = "Mat"
lot_number = "Lot"
{columns}
"""


def lots(columns: str = "", source: str = "", table: str = "") -> str:
    return LOTS.format(columns=columns, source=source, table=table)


def test_rename_template_constant_default(tmp_path: Path) -> None:
    columns = """supplier_lot = "{Mat}/{Lot}"
status = { column = "Status", default = "released" }
unit = { constant = "KGM" }
quantity = { column = "Qty", optional = true }
received_at = { column = "Received", optional = true }"""
    raw = one(run(tmp_path, lots(columns), lots__csv="Lot,Mat,Status,Qty\n007,M1,,5.0\n008,,held,\n"))
    assert raw.header == ["item_id", "material_id", "lot_number", "supplier_lot", "status", "unit", "quantity"]
    assert rows(raw) == [
        {"item_id": "007", "material_id": "M1", "lot_number": "007", "supplier_lot": "M1/007", "status": "released",
         "unit": "KGM", "quantity": "5.0"},
        {"item_id": "008", "material_id": "", "lot_number": "008", "supplier_lot": "", "status": "held", "unit": "KGM",
         "quantity": ""},
    ]  # fmt: skip
    assert raw.rows.tolist() == [2, 3]
    assert (raw.read, raw.source_rows, raw.not_facts, raw.table) == (2, 2, 0, "lots")


def test_layout_decimal_mark_and_white_space(tmp_path: Path) -> None:
    source = 'delimiter = ";"\nencoding = "cp1252"\nskip_rows = 1\ndecimal = ","\nthousands = "."\nstrip = true'
    content = "Auszug\nLot;Mat;Menge\n A1 ;Mehl für Brot;1.234,50\nA2;M;7\nA3;M;1.23\nA4;M;viel\n".encode("cp1252")
    raw = one(run(tmp_path, lots('quantity = "Menge"', source), lots__csv=content))
    assert [(row["item_id"], row["material_id"], row["quantity"]) for row in rows(raw)] == [
        ("A1", "Mehl für Brot", "1234.50"), ("A2", "M", "7"), ("A4", "M", "viel"),
    ]  # fmt: skip
    assert [(bad.row, bad.column, bad.rule, bad.value) for bad in raw.bad] == [(5, "quantity", "bad_number", "1.23")]
    assert raw.bad[0].named(raw.header)["item_id"] == "A3"
    assert raw.read == 4


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**12), st.sampled_from(". '")
)
def test_a_number_with_marks_means_the_same(value: Decimal, thousands: str) -> None:
    from loaders.mapping_cells import Cell, make
    from loaders.mapping_fields import Fields
    from loaders.raw import text_table

    written = f"{value:,.3f}".replace(",", "T").replace(".", ",").replace("T", thousands)
    fields = Fields("f", "m", text_table(["x"], [[written]]), {}, {})
    made = make(Cell(columns=("x",), decimal=",", thousands=thousands), fields)
    assert made is not None
    assert Decimal(made.text[0].as_py()) == value


def test_dates(tmp_path: Path) -> None:
    columns = """received_at = { column = "In", date = "%d.%m.%Y", zone = "Europe/Berlin" }
made_at = { column = "Made", date = "%d.%m.%Y %H:%M" }"""
    content = "Lot,Mat,In,Made\nA,M,01.05.2026,01.05.2026 10:30\nB,M,,25.10.2026 02:30\nC,M,1.5,01.05.2026 11:00\n"
    raw = one(run(tmp_path, lots(columns, 'zone = "Europe/Berlin"'), lots__csv=content))
    assert [(row["received_at"], row["made_at"]) for row in rows(raw)] == [
        ("2026-05-01[Europe/Berlin]", "2026-05-01T08:30:00Z")
    ]
    assert [(bad.row, bad.column, bad.rule) for bad in raw.bad] == [
        (3, "made_at", "ambiguous_time"), (4, "received_at", "bad_time"),
    ]  # fmt: skip
    naive = one(run(tmp_path, lots(columns.replace(', zone = "Europe/Berlin"', "")), lots__csv=content))
    assert [(row["received_at"], row["made_at"]) for row in rows(naive)] == [
        ("2026-05-01", "2026-05-01T10:30:00"), ("", "2026-10-25T02:30:00"),
    ]  # fmt: skip


def test_split_match_replace_and_lookup(tmp_path: Path) -> None:
    columns = r"""supplier_id = { column = "Code", split = "/", part = 1, replace = { "ACM" = "S-ACME" } }
supplier_lot = { column = "Code", split = "/", part = 2 }
quantity = { column = "Amount", match = '([0-9.]+) *(\w+)', part = 1 }
unit = { column = "Amount", match = '([0-9.]+) *(?P<u>\w+)', part = "u", lookup = { "kilo" = "KGM", "g" = "GRM" } }
status = { column = "S", lookup = { "F" = "released" }, otherwise = "held" }"""
    content = "Lot,Mat,Code,Amount,S\nA,M,ACM/77,5.5 kilo,F\nB,M,X,,\nC,M,X/1,5 lb,Q\nD,M,X/1,lots,F\n"
    raw = one(run(tmp_path, lots(columns), lots__csv=content))
    got = [(r["supplier_id"], r["supplier_lot"], r["quantity"], r["unit"], r["status"]) for r in rows(raw)]
    assert got == [("S-ACME", "77", "5.5", "KGM", "released"), ("X", "", "", "", "")]
    assert [(bad.row, bad.column, bad.rule, bad.value) for bad in raw.bad] == [
        (4, "unit", "not_in_lookup", "5 lb"), (5, "quantity", "no_match", "lots"),
    ]  # fmt: skip


MOVEMENTS = """
[[source]]
files = "mb51*.csv"
[source.fields]
lot = ["Batch", "Charge"]
[[source.table]]
name = "consumption"
where = { Movement = ["261", "543"] }
where_not = { lot = "" }
[source.table.columns]
step_id = "Order"
item_id = "lot"
[[source.table]]
name = "production"
where = { Movement = "101" }
[source.table.columns]
step_id = "Order"
item_id = "lot"
"""


def test_rows_are_chosen_and_those_that_nothing_takes_are_counted(tmp_path: Path) -> None:
    content = "Order,Movement,Charge,Note\nO1,261,A,\nO1,101,B,\nO1,999,C,x\nO1,543,D,\nO1,261,,\n"
    used, made = run(tmp_path, MOVEMENTS, mb51_may__csv=content)
    assert [(row["item_id"], number) for row, number in zip(rows(used), used.rows.tolist(), strict=True)] == [
        ("A", 2), ("D", 5),
    ]  # fmt: skip
    assert [row["item_id"] for row in rows(made)] == ["B"]
    assert any("Note" in note for note in used.notes)
    assert any("2 of 5 records" in note for note in used.notes)


MATRIX = """
[[source]]
files = "matrix_{group}.csv"
decimal = ","
[[source.table]]
name = "consumption"
unpivot = { columns = "*", except = ["Step", "Remark*"], name = "lot", value = "amount", drop = ["zero"] }
[source.table.columns]
step_id = "Step"
item_id = "{group}-{lot}"
quantity = "amount"
[[source.table]]
name = "steps"
distinct = true
[source.table.columns]
step_id = "Step"
operation = { constant = "mix" }
"""


def test_columns_become_rows_and_zeros_are_declared_no_facts(tmp_path: Path) -> None:
    content = 'Step,A,B,C,Remark 1\nS1,"0,0","0,25",,x\nS2,1,-0,"0,00e5",y\nS1,2,0,some,z\n'
    used, steps = run(tmp_path, MATRIX, matrix_G1__csv=content)
    got = [(r["step_id"], r["item_id"], r["quantity"], n, c) for r, n, c in zip(
        rows(used), used.rows.tolist(), used.source_columns or [], strict=True)]  # fmt: skip
    assert got == [
        ("S1", "G1-B", "0.25", 2, "B"),
        ("S1", "G1-C", "", 2, "C"),
        ("S2", "G1-A", "1", 3, "A"),
        ("S1", "G1-A", "2", 4, "A"),
        ("S1", "G1-C", "some", 4, "C"),
    ]
    assert (used.read, used.not_facts, used.source_rows) == (5, 4, 3)
    assert [row["step_id"] for row in rows(steps)] == ["S1", "S2"]
    assert any("Remark 1" in note for note in used.notes)


def test_distinct_holds_over_all_files_of_a_run(tmp_path: Path) -> None:
    tables = run(tmp_path, MATRIX, matrix_G1__csv="Step,A\nS1,1\n", matrix_G2__csv="Step,A\nS1,1\nS2,1\n")
    steps = [row["step_id"] for table in tables if table.table == "steps" for row in rows(table)]
    assert steps == ["S1", "S2"]


def test_what_is_legible_of_a_damaged_record_is_not_lost(tmp_path: Path) -> None:
    content = b"Order,Movement,Batch,Note\nO1,261,A,M\xfcller\nO1,261\nO2,261,B,fine\n"
    used = next(table for table in run(tmp_path, MOVEMENTS, mb51__csv=content) if table.table == "consumption")
    assert [(bad.row, bad.rule) for bad in used.bad] == [(2, "invalid_utf8"), (3, "ragged_row")]
    assert used.bad[0].named(used.header) == {"step_id": "O1", "item_id": "A"}
    assert used.bad[0].value.encode("utf-8", "surrogateescape") == b"O1,261,A,M\xfcller"
    assert used.bad[1].value == "O1,261"
    assert [row["item_id"] for row in rows(used)] == ["B"]
    assert (used.read, used.source_rows) == (3, 3)


def test_sheets_of_a_workbook(tmp_path: Path) -> None:
    content = sheet({2: [text("Lot"), text("Mat"), text("Qty")], 3: [text("A"), text("M"), number("2.5")]})
    data = workbook({"Info": sheet({1: [text("x")]}), "Lots May": content})
    mapping = lots('quantity = "Qty"\nsupplier_lot = "{sheet}"', 'sheet = "lots *"').replace("lots.csv", "*.xlsx")
    raw = one(run(tmp_path, mapping, export__xlsx=data))
    assert [(row["quantity"], row["supplier_lot"]) for row in rows(raw)] == [("2.5", "Lots May")]
    assert raw.rows.tolist() == [3]
    with pytest.raises(FileRefusedError, match="Lots May"):
        run(tmp_path, mapping.replace("lots *", "none"), export__xlsx=data)


def test_a_column_that_the_file_lacks_is_refused_with_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match=r"lots\.csv has no column 'Mat'.*it has Lot, Material"):
        run(tmp_path, lots(), lots__csv="Lot,Material\n1,2\n")
    with pytest.raises(FileRefusedError, match="'Batch' or 'Charge'"):
        run(tmp_path, MOVEMENTS, mb51__csv="Order,Movement\n1,261\n")
    with pytest.raises(FileRefusedError, match="turns into rows"):
        run(tmp_path, MATRIX, matrix_x__csv="Step\nS1\n")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("mapping = 1", "mapping = 2"), "mapping must be 1"),
        (("[[source]]", "[source]"), "[[source]]"),
        (('files = "lots.csv"', ""), "source 1, files"),
        (('files = "lots.csv"', 'files = "lots.csv"\ndelimter = ";"'), "delimter is not a key"),
        (('files = "lots.csv"', 'files = "lots.csv"\nencoding = "klingon"'), "encoding"),
        (('name = "lots"', 'name = "lotz"'), "a plant table"),
        (('material_id = "Mat"', ""), "lacks material_id"),
        (('material_id = "Mat"', 'material = "Mat"'), "material is not a key"),
        (('material_id = "Mat"', "material_id = 5"), "columns, material_id"),
        (('material_id = "Mat"', 'material_id = { constant = "x", column = "y" }'), "exactly one of"),
        (('material_id = "Mat"', 'material_id = { column = "y", match = "(" }'), "regular expression"),
        (('material_id = "Mat"', 'material_id = { column = "y", match = "a" }'), "group 1"),
        (('material_id = "Mat"', 'material_id = "{Mat"'), "fields in braces"),
        (('material_id = "Mat"', 'material_id = { column = "y", date = "%d", zone = "Mars" }'), "Mars"),
        (('name = "lots"', 'name = "lots"\nunpivot = { columns = "*" }'), "unpivot, name"),
        (
            ('name = "lots"', 'name = "lots"\nunpivot = { columns = "*", name = "a", value = "b", drop = "none" }'),
            '"zero", "empty"',
        ),
        (('name = "lots"', "name = "), "cannot be read"),
    ],
)
def test_a_wrong_mapping_names_file_key_and_what_is_allowed(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    path = tmp_path / "wrong.toml"
    content = "mapping = 1\n" + lots()
    assert change[0] in content
    path.write_text(content.replace(*change, 1))
    with pytest.raises(InputError) as refused:
        read_mapping(path)
    assert "wrong.toml" in str(refused.value) or says == "Mars"
    assert says in str(refused.value)


def test_mappings_are_found_by_path_and_by_name(tmp_path: Path) -> None:
    assert find_mapping("tablet").name == "tablet"
    with pytest.raises(InputError, match="there are: tablet"):
        find_mapping(tmp_path / "none.toml")


def test_discover_with_a_mapping_lists_what_it_does_not_speak_of(tmp_path: Path) -> None:
    run(tmp_path, MATRIX, matrix_G1__csv="Step,A\nS1,1\n", other__csv="x\n")
    found = discover([tmp_path], mapping=read_mapping(tmp_path / "mapping.toml"))
    assert [Path(name).name for name in found.ignored] == ["mapping.toml", "other.csv"]
    assert sum(raw.read for claim in found.tables for raw in claim.read()) == 2
    (tmp_path / "m.toml").write_text("mapping = 1\n" + lots())
    with pytest.raises(FileRefusedError, match=r"lots\.csv"):
        discover([tmp_path], mapping=read_mapping(tmp_path / "m.toml"))


def test_the_document_shows_mappings_that_are_accepted_and_speaks_of_every_key(tmp_path: Path) -> None:
    document = (Path(__file__).parents[1] / "docs" / "mapping-files.md").read_text(encoding="utf-8")
    starts = {
        "mapping = 1": "",
        "[[source]]": "mapping = 1\n",
        "[[source.table]]": 'mapping = 1\n[[source]]\nfiles = "x.csv"\n',
        "[source.fields]": "mapping = 1\n" + lots(source="{0}"),
        "[source.table.properties]": "mapping = 1\n" + lots(columns="{0}"),
    }
    blocks = re.findall(r"```toml\n(.*?)```", document, re.DOTALL)
    assert len(blocks) == len(starts)
    for block in blocks:
        before = next(before for start, before in starts.items() if block.startswith(start))
        path = tmp_path / "shown.toml"
        path.write_text(before.replace("{0}", block) if "{0}" in before else before + block, encoding="utf-8")
        assert read_mapping(path).sources
    for key in [*SOURCE_KEYS, *TABLE_KEYS, *CELL_KEYS, "properties"]:
        assert any(shown in document for shown in (f"`{key}`", f"{key} = ", f".{key}]")), key
