"""Workbooks written part by part, so that they can hold what no spreadsheet program would write on request."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm"/>
<numFmt numFmtId="165" formatCode="00000"/></numFmts><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="164"/>
<xf numFmtId="14"/><xf numFmtId="165"/></cellXfs></styleSheet>"""
MOMENT, DAY, PADDED = "1", "2", "3"


def letter(column: int) -> str:
    return chr(64 + column)


def text(value: str) -> str:
    return f'<c REF t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def number(value: str, style: str = "0") -> str:
    return f'<c REF s="{style}"><v>{value}</v></c>'


def sheet(rows: dict[int, list[str]], after: str = "", hidden: tuple[int, ...] = ()) -> str:
    body = "".join(
        f'<row r="{row}"{" hidden=" + chr(34) + "1" + chr(34) if row in hidden else ""}>'
        + "".join(cell.replace("REF", f'r="{letter(column)}{row}"') for column, cell in enumerate(cells, 1) if cell)
        + "</row>"
        for row, cells in rows.items()
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{after}</worksheet>'


def workbook(sheets: dict[str, str], hidden: tuple[str, ...] = (), extra: dict[str, bytes] | None = None) -> bytes:
    kinds = f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
    root = f'<Relationships xmlns="{PACKAGE}/relationships">'
    root += f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    state = 'state="hidden" '
    names = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{index}" {state if name in hidden else ""}r:id="r{index}"/>'
        for index, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{index}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{index}.xml"/>'
        for index in range(1, len(sheets) + 1)
    )
    links += f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/>'
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", kinds)
        archive.writestr("_rels/.rels", root)
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>'
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
        )
        archive.writestr("xl/styles.xml", STYLES)
        for index, content in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{index}.xml", content)
        for name, more in (extra or {}).items():
            archive.writestr(name, more)
    return data.getvalue()


def archive_of(entries: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return data.getvalue()
