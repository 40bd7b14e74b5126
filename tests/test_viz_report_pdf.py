"""The PDF, read back by a reader of its own: what it says, that every font is in it, the same bytes each time."""

from __future__ import annotations

import io

from pypdf import PdfReader
from reported import NAMES, SCRIPTS, poisoned, report, wide

from viz.report import pdf as report_pdf
from viz.report.paper import Paper
from viz.words import Words

FILES = {table.name: f"csv/{table.name}.csv" for table in wide().tables()}


def read(data: bytes) -> tuple[str, PdfReader]:
    reader = PdfReader(io.BytesIO(data))
    return "\n".join(page.extract_text() for page in reader.pages), reader


def joined(text: str) -> str:
    """Without the breaks of lines."""
    return "".join(text.split())


def test_it_says_what_the_report_says_in_both_languages() -> None:
    for language, title in (("en", "Genealogy report"), ("zh", "批次追溯报告")):
        text, reader = read(report_pdf.report_pdf(report(), Words(language), FILES))
        plain = joined(text)
        assert reader.metadata is not None
        assert reader.metadata.title == title
        for said in (report().digest, report().entry_hash, NAMES["CUS-1"], NAMES["SUP"], "@S1", "+N2", "批 张三"):
            assert joined(said) in plain, (language, said)
        assert joined(Words(language).page("missing")) in plain
        assert all(report().digest[:16] in page.extract_text() for page in reader.pages)


def test_every_font_is_embedded() -> None:
    _, reader = read(report_pdf.report_pdf(report(), Words("zh"), FILES))
    fonts = {}
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            found = font.get_object()
            fonts[found["/BaseFont"]] = found
    drawn = [
        font for name, font in fonts.items() if name != "/Helvetica"
    ]  # reportlab declares it; nothing is drawn in it
    assert len(drawn) >= 3
    assert all("/FontFile2" in font["/FontDescriptor"] for font in drawn)


def test_what_no_font_can_set_is_written_as_its_number_and_said() -> None:
    text, _ = read(report_pdf.report_pdf(report(), Words("en"), FILES))
    plain = joined(text)
    assert "[U+0645][U+0633][U+062A]" in plain, "Arabic needs shaping"
    assert "differentcharacters" in plain
    paper = Paper("T", "f", "en")
    paper.paragraph("Łódź Ελλάδα Москва 漢字 한국어 ქართული a\u202eb\u200b ไทย 🙂")
    shown = joined(read(paper.finished())[0])
    assert paper.as_numbers == 6
    for said in ("Łódź", "Ελλάδα", "Москва", "漢字", "한국어", "ქართული", "a[U+202E]b[U+200B]", "[U+1F642]"):
        assert said in shown


def test_the_same_report_gives_the_same_bytes() -> None:
    assert report_pdf.report_pdf(wide(), Words("zh"), FILES) == report_pdf.report_pdf(wide(), Words("zh"), FILES)


def test_a_long_table_says_where_the_rest_is_and_long_words_are_broken() -> None:
    made = poisoned(wide(), (*SCRIPTS, "x" * 900, "y " * 600))
    few = report_pdf.FEW
    try:
        report_pdf.FEW = 3
        text, _ = read(report_pdf.report_pdf(made, Words("en"), FILES))
    finally:
        report_pdf.FEW = few
    assert joined("The first 3 of") in joined(text)
    assert joined("All of them are in csv/shipments.csv") in joined(text)
    assert "x" * 100 in joined(text)
