"""What ``loaders.plant`` asks of its surroundings: what was known before a load, and the files that are read in their turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    import pyarrow as pa

    from genealogy.current import Correction
    from loaders.raw import RawTable


class Current(Protocol):
    """What is known before a load."""

    def current(self, table: str, keys: pa.Array) -> pa.Table:
        """Return the last version of the facts with these keys: rows in force, and withdrawals (op 1) that are.

        Args:
            table: the plant table.
            keys: natural keys; one may occur several times.

        Returns:
            the columns of ``genealogy.facts.fact_schema``, ``entry`` (that brought the row) and ``version_number`` (how
            many versions of the key were asserted before).
        """
        ...

    def aliases(self, kind: str) -> Mapping[str, Mapping[str, str]]:
        """Return the aliases of a kind in force: by code, then by system, what it means."""
        ...

    def open_quarantine(self) -> Set[str]:
        """Return the id of every quarantined row that any entry holds and none settled by name.

        Also of those whose key another row has brought since: they need no second record either.
        """
        ...

    def corrected(self) -> Set[str]:
        """Return the ids of the quarantined rows that any entry settled."""
        ...

    def corrections(self, ids: Set[str]) -> Mapping[str, Correction]:
        """Return where that which settled these rows last stands."""
        ...

    def rejected(self, rule: str) -> pa.Table | None:
        """Return the open quarantined rows that broke a rule, as they were last recorded, with ``entry``."""
        ...

    def details(self, sequence: int) -> Mapping[str, Any]:
        """Return what an entry says of itself: ``files``, ``earlier_files``, ``corrects``, ``zone``."""
        ...


class Unread(Protocol):
    """A file of one plant table that is read only when the turn of that table comes."""

    @property
    def table(self) -> str:
        """The plant table."""
        ...

    def read(self) -> list[RawTable]:
        """Return its rows: one table."""
        ...
