"""What a report holds, before it becomes a page, a workbook or a PDF: sections, tables with typed columns, sentences.

Nothing here is in a language. Names of sections, columns and sentences are keys; ``viz.words`` has the words for them in
each language, so that the same content gives the English and the Chinese report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Cell = str | int | None
"""A text, a whole number, or None for what is not recorded. Amounts are decimal text, never floating point."""

MASKED = "[masked]"
"""What stands in a report in place of what whoever asked for it may not see, in every language and format."""

Sort = Literal["text", "word", "phrase", "time", "count", "quantity"]
"""What a column holds: free text or an identifier; one of our own words; a sentence of ours that cites records; a time; a
whole number; a decimal amount."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: key of its heading.
        sort: what its cells hold.
    """

    name: str
    sort: Sort = "text"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence by its key, with what is put into it.

    Attributes:
        key: of the sentence.
        values: by placeholder; a value that is a text is shown as it is.
    """

    key: str
    values: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every row has a cell for every column.

    Attributes:
        name: key of its title; unique in a report, and the name of its CSV file.
        columns: in order.
        rows: in an order that does not change.
        notes: what a reader has to know of it.
    """

    name: str
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    notes: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A single statement: what it is about, and what is recorded.

    Attributes:
        name: key of its label.
        value: what is recorded.
        sort: what the value is.
    """

    name: str
    value: Cell
    sort: Sort = "text"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report.

    Attributes:
        name: key of its title.
        sentences: said before anything else.
        facts: single statements.
        tables: in order.
        available: False where the question could not be asked; ``sentences`` then say why.
        digest: of the answer that it shows, where that is one of its own.
        differences: what the two roads say differently of it; empty where they agree.
    """

    name: str
    sentences: tuple[Sentence, ...] = ()
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    available: bool = True
    digest: str | None = None
    differences: tuple[str, ...] = ()


Status = Literal["recorded", "partly", "missing"]


@dataclass(frozen=True, slots=True)
class FilledField:
    """One required field of a form, filled from the records or named as missing.

    Attributes:
        name: key of what is required.
        clause: where it is required.
        status: ``recorded``; ``partly``: some of the rows that need it lack it; ``missing``.
        value: what is recorded, in short.
        table: name of the table that holds it in full.
        lacking: how many rows lack it.
        of: of how many.
        examples: some of those that lack it.
        who: key of who could supply it.
        read: whether the number of the clause was read in the text of the rule.
        masked: where something of it is masked, the roles that see all of it; else empty.
    """

    name: str
    clause: str
    status: Status
    value: str | None
    table: str | None
    lacking: int
    of: int
    examples: tuple[str, ...]
    who: str
    read: bool = True
    masked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form with all its fields.

    Attributes:
        name: key of its title.
        rule: the rule that asks for it.
        fields: in the order of the rule.
        tables: tables in the columns that the rule names.
        texts: keys of what was read for it, with the date of the revision, and of what could not be read.
    """

    name: str
    rule: str
    fields: tuple[FilledField, ...]
    tables: tuple[Table, ...] = ()
    texts: tuple[str, ...] = ()

    def count(self, status: Status) -> int:
        """How many fields have this status."""
        return sum(each.status == status for each in self.fields)


NodeKind = Literal["supplier", "start", "lot", "units", "unknown", "step", "selected", "customer"]


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the folded graph.

    Attributes:
        kind: what it stands for.
        label: identifier or name, as recorded; empty where the kind alone says it.
        layer: from left to right.
        units: finished units in it.
        items: starts and affected items in it; 0 for steps and parties.
        members: how many records it stands for (items, steps, parties).
        tier: the best tier of its items, or None.
    """

    kind: NodeKind
    label: str
    layer: int
    units: int
    items: int
    members: int
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A link of the folded graph: positions of two nodes, how many records it stands for, whether all are only possible."""

    source: int
    target: int
    records: int
    possible: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """The affected part of the plant, folded so that it can be looked at.

    Attributes:
        nodes: in a fixed order.
        edges: between positions of nodes.
        folding: key of how far it was folded.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    folding: str


@dataclass(frozen=True, slots=True)
class Masked:
    """That some of a report is masked.

    Attributes:
        roles: for whom it was made.
        fields: the sorts of data that they do not see.
        summary: the plain lines of the whole scope, masked, in the language of the report.
    """

    roles: tuple[str, ...]
    fields: tuple[str, ...]
    summary: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All of a report.

    Attributes:
        question: the items asked for.
        also: starts of other kinds, each as labelled statements.
        as_of: the entry as of which it was asked.
        recorded_at: when that entry was recorded.
        entry_hash: hash of that entry, which ties the report to the ledger.
        complete: whether both roads agree.
        differences: where they do not.
        scope: the answer it rests on.
        digest: of that answer.
        sections: in order.
        forms: by rule.
        graph: folded.
        page_graph: the same, folded until a sheet of paper holds it in letters that can be read.
        assumptions: what every number rests on.
        masked: what of it is masked, and for whom; None: nothing.
    """

    question: tuple[str, ...]
    as_of: int
    recorded_at: str
    entry_hash: str
    complete: bool
    differences: tuple[str, ...]
    scope: dict[str, Any]
    digest: str
    sections: tuple[Section, ...]
    forms: tuple[FilledForm, ...]
    graph: Graph
    page_graph: Graph
    assumptions: tuple[Sentence, ...]
    also: tuple[tuple[Fact, ...], ...] = ()
    masked: Masked | None = None

    def tables(self) -> list[Table]:
        """Every table, those of the sections before those of the forms."""
        found = [table for section in self.sections for table in section.tables]
        return found + [table for form in self.forms for table in form.tables]
