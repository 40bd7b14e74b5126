"""What a graph store must do, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from queries.shape import FORM

if TYPE_CHECKING:
    import pyarrow as pa

    from genealogy.projection import Change
    from genealogy.whole import WholeGraph
    from queries.query import Query
    from queries.shape import LinkType, NodeLabel


ANEW = -1
"""As number of chunks: what is there of an entry cannot be gone on from."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a store says of itself.

    Attributes:
        ledger: id of the ledger that it follows.
        applied: the last entry whose facts are all there.
        applying: the entry whose facts may be there in part, or -1.
        chunk: how many chunks of that entry are there; -1: the store must be emptied and made again.
        worst_tier: the weakest tier that any link ever had, or -1.
        form: the form of its graph (``queries.shape.FORM``).
    """

    ledger: str
    applied: int = 0
    applying: int = -1
    chunk: int = 0
    worst_tier: int = -1
    form: int = FORM

    @property
    def must_be_made_again(self) -> bool:
        """Whether what is there cannot be gone on from: it is there in part, or was written by another version."""
        return (self.applying >= 0 and self.chunk == ANEW) or self.form != FORM


class Store(Protocol):
    """A projection of one ledger as a graph, kept in a database of its own."""

    dialect: str
    """Which texts of the queries it understands."""

    @property
    def name(self) -> str:
        """What it is and where, as an answer and an error message say it. No credentials."""

    def prepare(self, ledger: str) -> Manifest:
        """Make the tables or constraints where they are missing, and say how far the store is.

        Raises:
            ForeignStoreError: the database holds something else, or another ledger's graph.
            StoreUnavailableError: it cannot be reached.
        """

    def apply(self, change: Change) -> Manifest:
        """Bring in one entry whole, and say how far the store is then.

        Interrupted anywhere, it can be called again with the same change, or the store says by its manifest (``ANEW``)
        that it must be emptied and made again.
        """

    def fill(self, whole: WholeGraph) -> None:
        """Bring the whole graph into an emptied store. Interrupted, the store says so, and must be emptied again."""

    def read(self, query: Query, **params: Any) -> dict[str, list[Any]]:
        """The result of a question: a list for each of its columns."""

    def nodes(self, label: NodeLabel) -> pa.Table:
        """Every node of a label, all columns."""

    def links(self, link: LinkType) -> pa.Table:
        """Every link of a type: source, target and all properties."""

    def empty(self) -> None:
        """Take everything of ours away."""

    def version(self) -> str:
        """Name and version of the database."""

    def close(self) -> None:
        """Let go of files and connections."""
