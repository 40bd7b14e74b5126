"""Which font shows which character in a PDF, embedded so that every viewer shows the same.

The fonts are Noto Sans (SIL Open Font License), as the package ``pretix-fontpack-free`` ships them. A character for which
none of them has a glyph, or which cannot be set right without shaping or right-to-left order, is written as its number in
square brackets: legible, unambiguous, never an empty box.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genealogy.errors import GenealogyError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = "pretix_fontpackfree"
_FAMILIES = ("", "-SC", "-JP", "-TC", "-KR", "-Armenian", "-Georgian", "-Ethiopic", "-Cherokee")
_UNSET = (
    (0x00AD, 0x00AD), (0x0590, 0x109F), (0x1700, 0x18AF), (0x1900, 0x1CFF), (0x200B, 0x200F), (0x2028, 0x202E),
    (0x2060, 0x206F), (0xA800, 0xABFF), (0xFB1D, 0xFDFF), (0xFE00, 0xFE0F), (0xFE70, 0xFEFF), (0x1F000, 0x1FAFF),
    (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Right-to-left scripts, scripts that need shaping, invisible characters, and pictures."""


class Fonts:
    """The fonts of one PDF.

    Args:
        bold: the bold cut.
    """

    def __init__(self, *, bold: bool = False) -> None:
        self._cut = "bold" if bold else "regular"
        self._fonts: dict[str, Any] = {}
        self._of: dict[str, tuple[str, str, float]] = {}
        self._runs: dict[str, list[tuple[str, str, float]]] = {}

    @property
    def as_numbers(self) -> set[str]:
        """The characters that were written as their numbers so far."""
        return {character for character, (_, shown, _) in self._of.items() if len(shown) > 1}

    def set(self, text: str) -> list[tuple[str, str, float]]:
        """A text as runs of font, characters and width at size 1; the same text comes again and again, and is kept."""
        known = self._runs.get(text)
        if known is not None:
            return known
        runs: list[tuple[str, str, float]] = []
        self._runs[text] = runs
        for font, shown, width in self.characters(text):
            if runs and runs[-1][0] == font:
                runs[-1] = (font, runs[-1][1] + shown, runs[-1][2] + width)
            else:
                runs.append((font, shown, width))
        return runs

    def characters(self, text: str) -> Iterator[tuple[str, str, float]]:
        """For each character its font, what is drawn for it, and how wide that is at size 1."""
        for character in text:
            known = self._of.get(character)
            if known is None:
                known = self._of[character] = self._found(character)
            yield known

    def _found(self, character: str) -> tuple[str, str, float]:
        code = ord(character)
        if not any(low <= code <= high for low, high in _UNSET):
            for family in _FAMILIES:
                font = self._font(family)
                if code in font.face.charToGlyph:
                    return font.fontName, character, font.face.getCharWidth(code) / 1000
        font, shown = self._font(""), f"[U+{code:04X}]"
        return font.fontName, shown, sum(font.face.getCharWidth(ord(c)) for c in shown) / 1000

    def _font(self, family: str) -> Any:
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFont

        if family not in self._fonts:
            path = font_path(family, self._cut)
            font = TTFont(f"Noto{family}-{self._cut}", str(path))
            pdfmetrics.registerFont(font)
            self._fonts[family] = font
        return self._fonts[family]


def font_path(family: str, cut: str = "regular") -> Path:
    """The file of one font.

    Args:
        family: such as ``-SC``; empty for Latin, Greek and Cyrillic.
        cut: ``regular`` or ``bold``.

    Raises:
        GenealogyError: it is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise GenealogyError(f"The fonts of the PDF are missing: install the package {_PACKAGE.replace('_', '-')}.")
    folder = Path(found.origin).parent / "static" / _PACKAGE
    paths = sorted(folder.glob(f"Noto-Sans{family}_v*_{cut}.ttf"))
    if not paths:
        raise GenealogyError(
            f"The font Noto Sans{family} is not where {_PACKAGE} keeps its fonts. Install that package again."
        )
    return paths[-1]
