"""What a workbook's parts say that its cell values do not: is it safe to open, and which cells are not what they seem.

The reader of values shows an error cell and a formula without a result as empty, and a merged area as one value with
empty cells around it. Each would turn a fact into silence, so the parts are asked directly.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree  # parts with a DOCTYPE are refused before they are parsed
from xml.parsers import expat

from genealogy.errors import FileRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_PARTS = 10_000
_MOST_BYTES = 2 << 30
_FREE_BYTES = 64 << 20
_MOST_RATIO = 200
_ODD = re.compile(rb"<(?:\w+:)?f[\s/>]|\bt\s*=\s*[\"']e[\"']|\bhidden\s*=")
_PADDED = re.compile(r"0{2,}")
Place = tuple[int, int]
"""Row and column of a cell, both counted from 1."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook: its name, where its part lies, whether it is hidden."""

    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class Marks:
    """What stands behind the values of a sheet.

    Attributes:
        errors: cells that show an error such as ``#N/A``.
        unvalued: cells with a formula whose result the file does not hold.
        formulas: how many cells hold a formula.
        hidden_rows: rows that a person would not see.
        styles: the style of each cell that has one, where some style pads numbers with zeros.
    """

    errors: dict[Place, str] = field(default_factory=dict)
    unvalued: set[Place] = field(default_factory=set)
    formulas: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    styles: dict[Place, int] = field(default_factory=dict)


class WorkbookParts:
    """The parts of one workbook, opened only after its sizes were checked.

    Args:
        file: its name in reports.
        data: its bytes.

    Raises:
        FileRefusedError: it is not a workbook, is locked with a password, or unpacks to more than it should.
    """

    def __init__(self, file: str, data: bytes) -> None:
        self.file = file
        if data.startswith(b"\xd0\xcf\x11\xe0"):
            raise FileRefusedError(
                f"{file} is locked with a password or an old .xls; nothing of it was loaded. Save it unlocked as .xlsx."
            )
        with self._readable():
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self._check_sizes(data)
            self.sheets = self._sheets()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turn what a damaged part brings about into a refusal."""
        try:
            yield
        except (
            zipfile.BadZipFile,
            zlib.error,
            expat.ExpatError,
            SyntaxError,
            LookupError,
            ValueError,
            OSError,
        ) as error:
            raise FileRefusedError(
                f"{self.file} cannot be read as a workbook ({error}); nothing of it was loaded. Save it again as .xlsx."
            ) from error
        except NotImplementedError as error:  # a way of packing that no spreadsheet uses
            raise FileRefusedError(
                f"{self.file} is packed in an unusual way ({error}). Save it again as .xlsx."
            ) from error

    def _check_sizes(self, data: bytes) -> None:
        """Refuse an archive that unpacks to too much, or to more than it says."""
        entries = self._zip.infolist()
        total = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries)
        too_much = (
            len(entries) > _MOST_PARTS
            or total > _MOST_BYTES
            or packed > len(data)
            or (total > _FREE_BYTES and total > _MOST_RATIO * max(1, packed))
        )
        for entry in entries:
            if too_much:
                break
            if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("it is encrypted or packed in an unusual way")
            if entry.compress_type == zipfile.ZIP_DEFLATED:
                head = entry.header_offset
                body = head + 30 + int.from_bytes(data[head + 26 : head + 28], "little")
                body += int.from_bytes(data[head + 28 : head + 30], "little")
                unpacked = zlib.decompressobj(-15).decompress(
                    data[body : body + entry.compress_size], entry.file_size + 1
                )
                too_much = len(unpacked) > entry.file_size
        if too_much:
            raise FileRefusedError(
                f"{self.file} unpacks to far more than a workbook of its size should (a damaged or hostile file); "
                "nothing of it was loaded. Save the table as CSV UTF-8."
            )

    def _xml(self, part: str) -> bytes:
        data = self._zip.read(part)
        if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
            raise ValueError(f"{part} declares a document type")
        return data

    def _sheets(self) -> list[Sheet]:
        """List the worksheets in their order."""
        relations = ElementTree.fromstring(self._xml("xl/_rels/workbook.xml.rels"))  # noqa: S314
        targets = {
            relation.get("Id"): (relation.get("Target", ""), relation.get("Type", "").rsplit("/", 1)[-1])
            for relation in relations
        }
        found = []
        for element in ElementTree.fromstring(self._xml("xl/workbook.xml")).iter():  # noqa: S314
            if element.tag.rsplit("}", 1)[-1] != "sheet":
                continue
            identity = next((value for key, value in element.items() if key.endswith("}id")), None)
            target, kind = targets.get(identity, ("", ""))
            if kind == "worksheet":
                part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
                found.append(Sheet(element.get("name", ""), part, element.get("state", "visible") != "visible"))
        return found

    def padded_styles(self) -> dict[int, int]:
        """Return the styles that show numbers with leading zeros (format ``00000``), each with its width."""
        if "xl/styles.xml" not in self._zip.namelist():
            return {}
        with self._readable():
            root = ElementTree.fromstring(self._xml("xl/styles.xml"))  # noqa: S314
        formats: dict[str, int] = {}
        padded: dict[int, int] = {}
        for element in root.iter():
            if element.tag.endswith("}numFmt") and _PADDED.fullmatch(element.get("formatCode", "")):
                formats[element.get("numFmtId", "")] = len(element.get("formatCode", ""))
            if element.tag.endswith("}cellXfs"):
                padded = {
                    index: formats[style.get("numFmtId", "")]
                    for index, style in enumerate(element)
                    if style.get("numFmtId", "") in formats
                }
        return padded

    def marks(self, sheet: Sheet, *, styles: bool) -> Marks:
        """Look behind the values of a sheet; ``styles`` also notes the style of each cell."""
        with self._readable():
            data = self._xml(sheet.part)
            return _Scan(data).marks if styles or _ODD.search(data) else Marks()


class _Scan:
    """One pass over a sheet's XML."""

    def __init__(self, data: bytes) -> None:
        self.marks = Marks()
        self._row = self._column = 0
        self._type = ""
        self._formula = self._value = False
        self._text: list[str] = []
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.Parse(data, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rsplit(" ", 1)[-1]
        if tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
            if attributes.get("hidden") in ("1", "true"):
                self.marks.hidden_rows.add(self._row)
        elif tag == "c":
            reference = attributes.get("r", "")
            self._column = _column_number(reference) if reference else self._column + 1
            self._type = attributes.get("t", "n")
            self._formula = self._value = False
            if "s" in attributes:
                self.marks.styles[self._row, self._column] = int(attributes["s"])
        elif tag == "f":
            self._formula = True
        elif tag == "v":
            self._value = True
            self._text.clear()

    def _end(self, name: str) -> None:
        tag = name.rsplit(" ", 1)[-1]
        if tag == "v":
            self._value = self._type == "str" or bool(self._text)
            if self._type == "e":
                self.marks.errors[self._row, self._column] = "".join(self._text)
        elif tag == "c" and self._formula:
            self.marks.formulas += 1
            if not self._value:
                self.marks.unvalued.add((self._row, self._column))
        if tag != "v":
            self._text.clear()


def _column_number(reference: str) -> int:
    """Count a column's letters: A is 1, AA is 27."""
    number = 0
    for letter in reference:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number
