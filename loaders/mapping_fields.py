"""The fields that a mapping can name: the columns of a source table, and what its file name and its rows tell."""

from __future__ import annotations

import unicodedata

import pyarrow as pa

from genealogy.errors import FileRefusedError

ROW = "row"
"""The field that holds the number of the source row, as a spreadsheet counts."""


class Fields:
    """The fields of one source table: its columns, the mapping's own names for them, and what its file name states.

    Args:
        file: the source in messages.
        mapping: the mapping in messages.
        cells: one text column for each header.
        aliases: own names for columns, each with the headers that it may have.
        fixed: fields that are the same in every row.
    """

    def __init__(
        self, file: str, mapping: str, cells: pa.Table, aliases: dict[str, tuple[str, ...]], fixed: dict[str, str]
    ) -> None:
        self.file, self.mapping, self.cells, self.aliases, self.fixed = file, mapping, cells, aliases, fixed
        self.numbers: pa.Array | None = None
        self.used: set[str] = set()

    def header_of(self, name: str) -> str | None:
        """Return the source column that a name means, if the file has it; else one that differs by case and space alone.

        Raises:
            FileRefusedError: several columns differ so.
        """
        candidates = self.aliases.get(name, (name,))
        for candidate in candidates:
            if candidate in self.cells.column_names:
                return candidate
        for candidate in candidates:
            alike = [header for header in self.cells.column_names if _plain(header) == _plain(candidate)]
            if len(alike) > 1:
                raise FileRefusedError(
                    f"{self.file} has no column {candidate!r}, which the mapping {self.mapping} names, but several that "
                    f"are nearly so: {', '.join(map(repr, alike))}. Write in the mapping file which one is meant."
                )
            if alike:
                return str(alike[0])
        return None

    def has(self, name: str) -> bool:
        """Tell whether there is such a field."""
        return name in self.fixed or self.header_of(name) is not None or self._counts(name)

    def _counts(self, name: str) -> bool:
        return name == ROW and self.numbers is not None

    def text(self, *names: str) -> pa.Array | pa.ChunkedArray:
        """Return the texts of a field; of several names the first that there is.

        Raises:
            FileRefusedError: the file has no such column.
        """
        for name in names:
            if name not in self.aliases and name in self.fixed:
                return pa.repeat(self.fixed[name], self.cells.num_rows)
            header = self.header_of(name)
            if header is not None:
                self.used.add(header)
                return self.cells.column(header)
            if self._counts(name):
                return self.numbers
        wanted = " or ".join(repr(one) for name in names for one in self.aliases.get(name, (name,)))
        raise FileRefusedError(
            f"{self.file} has no column {wanted}, which the mapping {self.mapping} needs; it has "
            f"{', '.join(self.cells.column_names[:40])}. Correct the mapping file, or export the column."
        )


def _plain(header: str) -> str:
    """A header as a reader takes it: without regard to case, width of characters and white space."""
    return "".join(unicodedata.normalize("NFKC", header).casefold().split())
