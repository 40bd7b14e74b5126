"""Paper to write a report on: lines, paragraphs and tables that go on from page to page, drawn straight onto the PDF."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from viz.report.fonts import Fonts

if TYPE_CHECKING:
    from collections.abc import Sequence

Line = list[tuple[str, str, float]]

WIDE, HIGH = 841.89, 595.28
"""A4 across, in points."""
MARGIN, FOOT = 34.0, 30.0
_LEADING = 1.32
_NARROW, _BROAD = 26.0, 190.0
_AT = " Tm "
"""Between where a text stands and the text, in a page."""
_SURELY = 0.99
"""A text up to so much of the width stands on one line, however its letters' widths are added up."""
_BREAK_AFTER = frozenset(" -/,;|_")
_GREY, _BLACK = (0.86, 0.90, 0.945), (0.0, 0.0, 0.0)


def _rgb(colour: str) -> tuple[float, float, float]:
    """A colour as the page writes it: #rrggbb."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


class Paper:
    """A PDF in the making.

    Args:
        title: of the document, kept in it and printed at the foot.
        foot: printed at the foot of each page.
        language: RFC 3066 tag.
    """

    def __init__(self, title: str, foot: str, language: str) -> None:
        from reportlab.pdfgen.canvas import Canvas

        self._out = io.BytesIO()
        self._canvas = Canvas(self._out, pagesize=(WIDE, HIGH), invariant=1, pageCompression=1, lang=language)
        self._canvas.setTitle(title)
        self._canvas.setSubject(foot)
        self._fonts = {False: Fonts(), True: Fonts(bold=True)}
        self._wrapped: dict[tuple[str, float, float, bool], list[Line]] = {}
        self._drawn: dict[tuple[str, float, str], str] = {}
        self._numbers: dict[float, str] = {}
        self._foot = f"{title}   {foot}"
        self._page = 1
        self._y = HIGH - MARGIN

    @property
    def as_numbers(self) -> int:
        """How many different characters were written as their numbers so far."""
        return len(self._fonts[False].as_numbers | self._fonts[True].as_numbers)

    def finished(self) -> bytes:
        """The document."""
        self._end_page()
        self._canvas.save()
        return self._out.getvalue()

    def heading(self, text: str, size: float, level: int) -> None:
        """A heading, and its place in the outline."""
        self._room(size * 3.2)
        self._y -= size * 0.7
        key = f"h{self._page}-{round(self._y * 10)}-{level}"
        self._canvas.bookmarkHorizontal(key, 0, min(HIGH, self._y + size))
        self._canvas.addOutlineEntry(text, key, level)
        self.paragraph(text, size, bold=True)

    def paragraph(self, text: str, size: float = 9, *, bold: bool = False, indent: float = 0) -> None:
        """Lines of text."""
        for line in self._lines(text, size, WIDE - 2 * MARGIN - indent, bold=bold):
            self._room(size * _LEADING)
            self._y -= size * _LEADING
            self._draw(line, MARGIN + indent, self._y, size)
        self._y -= size * 0.25

    def statements(self, rows: Sequence[tuple[str, str]], size: float = 9) -> None:
        """Labels with their values."""
        label = min(230.0, 8 + max((self._width(text, size, bold=True) for text, _ in rows), default=0.0))
        for name, value in rows:
            values = self._lines(value, size, WIDE - 2 * MARGIN - label, bold=False)
            self._room(size * _LEADING * min(len(values), 3))
            for number, line in enumerate(values):
                self._room(size * _LEADING)
                self._y -= size * _LEADING
                if number == 0:
                    self._draw(self._lines(name, size, label, bold=True)[0], MARGIN, self._y, size)
                self._draw(line, MARGIN + label, self._y, size)

    @property
    def left(self) -> float:
        """Where the writing begins."""
        return MARGIN

    @property
    def width(self) -> float:
        """How wide the writing is."""
        return WIDE - 2 * MARGIN

    def keep(self, high: float) -> None:
        """Go on a new page unless this one has so much room: what follows stands together."""
        self._room(high)

    def figure(self, high: float) -> float:
        """Room for a drawing; returns its upper edge."""
        self._room(high)
        top = self._y
        self._y -= high
        return top

    def broken(self, text: str, width: float, size: float) -> list[str]:
        """A text in lines no wider than this."""
        return self._broken(text, width / size, bold=False)

    def cut(self, text: str, width: float, size: float) -> str:
        """A text on one line, cut with an ellipsis where it is wider than this."""
        if self._width(text, size, bold=False) <= width:
            return text
        while text and self._width(f"{text}…", size, bold=False) > width:
            text = text[:-1]
        return f"{text}…"

    def box(self, place: tuple[float, float, float, float], colour: str, lines: Sequence[str], size: float) -> None:
        """A box (left, bottom, width, height) with lines in its middle."""
        x, y, wide, tall = place
        self._canvas.setFillColorRGB(*_rgb(colour))
        self._canvas.setStrokeColorRGB(0.45, 0.5, 0.55)
        self._canvas.setLineWidth(0.4)
        self._canvas.roundRect(x, y, wide, tall, 2, stroke=1, fill=1)
        self._canvas.setFillColorRGB(*_BLACK)
        step = size * 1.2
        line_y = y + tall / 2 + step * len(lines) / 2 - size
        for text in lines:
            runs = self._fonts[False].set(text)
            shown = sum(width for _, _, width in runs) * size
            self._draw(runs, x + (wide - shown) / 2, line_y, size)
            line_y -= step

    def arrow(self, begin: tuple[float, float], end: tuple[float, float], colour: str, *, dashed: bool) -> None:
        """A curve from one point to another, with a head; dashed where it is only possible."""
        (x1, y1), (x2, y2) = begin, end
        canvas, bend = self._canvas, (x2 - x1) * 0.45
        canvas.saveState()
        canvas.setStrokeColorRGB(*_rgb(colour))
        canvas.setFillColorRGB(*_rgb(colour))
        canvas.setLineWidth(0.6)
        if dashed:
            canvas.setDash(2, 2)
        canvas.bezier(x1, y1, x1 + bend, y1, x2 - bend, y2, x2, y2)
        canvas.setDash()
        back = 3.2 if x2 >= x1 else -3.2
        head = canvas.beginPath()
        head.moveTo(x2, y2)
        head.lineTo(x2 - back, y2 + 1.5)
        head.lineTo(x2 - back, y2 - 1.5)
        head.close()
        canvas.drawPath(head, stroke=0, fill=1)
        canvas.restoreState()

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]], size: float = 7) -> None:
        """A table; its headings stand again on each page."""
        widths = self._widths(headings, rows, size)
        self._headings(headings, widths, size)
        for row in rows:
            lines = [self._lines(cell, size, width - 4, bold=False) for cell, width in zip(row, widths, strict=True)]
            self._row(lines, headings, widths, size)
        self._y -= size

    def _row(self, cells: list[list[Line]], headings: Sequence[str], widths: list[float], size: float) -> None:
        step, done, high = size * _LEADING, 0, max(map(len, cells))
        while done < high:
            if self._y - step < MARGIN + FOOT:
                self._end_page()
                self._headings(headings, widths, size)
            fits = max(1, int((self._y - MARGIN - FOOT) / step))
            if done == 0 and high > fits and high * step < (HIGH - 2 * MARGIN - FOOT) / 2:
                self._end_page()
                self._headings(headings, widths, size)
                continue
            part, x = min(fits, high - done), MARGIN
            for lines, width in zip(cells, widths, strict=True):
                for number, line in enumerate(lines[done : done + part]):
                    self._draw(line, x + 2, self._y - step * (number + 1), size)
                x += width
            self._y -= step * part
            done += part
        self._canvas.setLineWidth(0.25)
        self._canvas.setStrokeColorRGB(0.8, 0.8, 0.85)
        self._canvas.line(MARGIN, self._y - 1.6, MARGIN + sum(widths), self._y - 1.6)
        self._y -= 1.6

    def _headings(self, headings: Sequence[str], widths: list[float], size: float) -> None:
        lines = [self._lines(text, size, width - 4, bold=True) for text, width in zip(headings, widths, strict=True)]
        high = max(map(len, lines)) * size * _LEADING + 3
        self._room(high + 3 * size)
        self._canvas.setFillColorRGB(*_GREY)
        self._canvas.rect(MARGIN, self._y - high, sum(widths), high, stroke=0, fill=1)
        self._canvas.setFillColorRGB(*_BLACK)
        x = MARGIN
        for each, width in zip(lines, widths, strict=True):
            for number, line in enumerate(each):
                self._draw(line, x + 2, self._y - size * _LEADING * (number + 1), size)
            x += width
        self._y -= high

    def _widths(self, headings: Sequence[str], rows: Sequence[Sequence[str]], size: float) -> list[float]:
        """As wide as the widest cell, within bounds; then narrowed together until the page holds them."""
        found = []
        for place, heading in enumerate(headings):
            words = max((self._width(word, size, bold=True) for word in heading.split()), default=0.0)
            cells = max((self._width(row[place], size, bold=False) for row in rows[:300]), default=0.0)
            found.append(min(_BROAD, max(_NARROW, words, cells) + 5))
        over = sum(found) - (WIDE - 2 * MARGIN)
        while over > 0.01:
            shrinkable = [place for place, width in enumerate(found) if width > 1.2 * _NARROW]
            if not shrinkable:
                return [width * (WIDE - 2 * MARGIN) / sum(found) for width in found]
            total = sum(found[place] for place in shrinkable)
            for place in shrinkable:
                found[place] = max(1.2 * _NARROW, found[place] * (1 - over / total))
            over = sum(found) - (WIDE - 2 * MARGIN)
        return found

    def _width(self, text: str, size: float, *, bold: bool) -> float:
        return sum(width for _, _, width in self._fonts[bold].set(text)) * size

    def _lines(self, text: str, size: float, width: float, *, bold: bool) -> list[Line]:
        """A text in lines no wider than this; broken at spaces and hyphens, between Chinese characters, else anywhere."""
        key = (text, size, width, bold)
        if key not in self._wrapped:
            self._wrapped[key] = [
                self._fonts[bold].set(line) for line in self._broken(text, width / size, bold=bold)
            ] or [[]]
        return self._wrapped[key]

    def _broken(self, text: str, width: float, *, bold: bool) -> list[str]:
        if self._width(text, 1.0, bold=bold) < _SURELY * width:
            return [text.rstrip(" ")] if text else []
        lines, start, room, last = [], 0, width, 0
        sizes = [w for _, _, w in self._fonts[bold].characters(text)]
        number = 0
        while number < len(text):
            if sizes[number] > room and number > start:
                end = last if last > start else number
                lines.append(text[start:end].rstrip(" "))
                start = number = end
                room, last = width, end
                continue
            room -= sizes[number]
            if text[number] in _BREAK_AFTER or ord(text[number]) >= 0x2E80:
                last = number + 1
            number += 1
        return [*lines, text[start:].rstrip(" ")] if start < len(text) else lines

    def _draw(self, line: Line, x: float, y: float, size: float) -> None:
        code: list[str] = self._canvas._code
        for font, shown, width in line:
            key = (font, size, shown)
            drawn = self._drawn.get(key)
            if drawn is None:
                self._canvas.setFont(font, size)
                self._canvas.drawString(x, y, shown)
                self._drawn[key] = code[-1].partition(_AT)[2]
            else:
                # What drawString writes once more; only where it stands is another place.
                code.append(f"BT 1 0 0 1 {self._number(x)} {self._number(y)}{_AT}{drawn}")
            x += width * size

    def _number(self, value: float) -> str:
        """A length as the page writes it; the same edges of columns and rows come again and again."""
        text = self._numbers.get(value)
        if text is None:
            from reportlab.lib.rl_accel import fp_str

            text = self._numbers[value] = str(fp_str(value))
        return text

    def _room(self, needed: float) -> None:
        if self._y - needed < MARGIN + FOOT:
            self._end_page()

    def _end_page(self) -> None:
        size = 7.0
        foot = self._lines(self._foot, size, WIDE - 2 * MARGIN - 40, bold=False)
        self._draw(foot[0], MARGIN, MARGIN, size)
        self._draw(self._fonts[False].set(str(self._page)), WIDE - MARGIN - 20, MARGIN, size)
        self._canvas.showPage()
        self._page += 1
        self._y = HIGH - MARGIN
