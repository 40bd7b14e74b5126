"""The tables of a plant: which facts exist, what identifies each, and what every column means.

This is the one declaration of the exchange format (version 1). The loader, the templates, the ledger's facts, the graph's
records and the generated reference all come from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

FORMAT_VERSION = 1


class ColumnType(StrEnum):
    """How the text of a cell is read."""

    CODE = "code"
    """An opaque identifier, kept as written (NFC; control characters refused)."""
    TEXT = "text"
    """Free text."""
    CHOICE = "choice"
    """One of the listed values."""
    CHOICES = "choices"
    """Several of the listed values, joined by a vertical bar."""
    QUANTITY = "quantity"
    """A decimal number that is not negative, kept as text; its unit stands in the column beside it."""
    NUMBER = "number"
    """A decimal number, kept as text."""
    VALUE = "value"
    """A measured value: a number or a word, kept as text."""
    UNIT = "unit"
    """A unit of measure: UN/ECE Rec 20, UCUM, ``each``, or a loaded alias."""
    TIME = "time"
    """ISO 8601 with an offset or Z; a date alone means that whole day in the zone of the load."""
    FLAG = "flag"
    """``yes`` or empty."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: header, as in the file.
        type: how a cell is read.
        description: what it states.
        required: the column must be there and the cell must not be empty.
        key: belongs to the natural key of the row.
        values: the words allowed for CHOICE and CHOICES.
        personal: holds personal data.
        alias: the kind of alias by which a code in this column is resolved, or None.
        unit: for QUANTITY (and NUMBER, VALUE where it applies), the column that holds its unit.
    """

    name: str
    type: ColumnType
    description: str
    required: bool = False
    key: bool = False
    values: tuple[str, ...] = ()
    personal: bool = False
    alias: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Table:
    """One table of the plant format.

    Attributes:
        name: file name without its ending.
        description: what one row states.
        columns: in the order of the template.
        grouped: rows without ``line_no`` that share step, item and time form a multiset that is replaced as a whole
            (consumption and production).
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    grouped: bool = False

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by header."""
        return {column.name: column for column in self.columns}

    @cached_property
    def key(self) -> tuple[Column, ...]:
        """The columns of the natural key, in order."""
        return tuple(column for column in self.columns if column.key)

    @cached_property
    def facts(self) -> tuple[Column, ...]:
        """The columns that state something, without the void columns."""
        return tuple(column for column in self.columns if column.name not in ("void", "void_reason"))


_C, _T, _Q, _N, _U, _W = (
    ColumnType.CODE,
    ColumnType.TEXT,
    ColumnType.QUANTITY,
    ColumnType.NUMBER,
    ColumnType.UNIT,
    ColumnType.TIME,
)
STATUSES = ("quarantine", "released", "held", "rejected", "recalled")
STAGES = ("supplied", "intermediate", "finished")
ROLES = ("supplier", "customer", "carrier", "subcontractor", "own")
GRAINS = ("unit", "lot", "order")
STEP_KINDS = (
    "process", "rework", "repack", "relabel", "kit", "split", "merge", "subcontract", "sterilise", "clean",
)  # fmt: skip
STOCK_STATUSES = ("available", "held", "in_transit", "work_in_progress")
DISPOSITIONS = ("scrapped", "sampled", "returned", "destroyed", "used")
ALIAS_KINDS = ("item", "material", "party", "equipment", "place", "unit_of_measure")

_VOID = (
    Column("void", ColumnType.FLAG, "yes: this row withdraws the fact with this key"),
    Column("void_reason", _T, "why it was withdrawn"),
)


def _key(name: str, description: str, alias: str | None = None, *, required: bool = True) -> Column:
    return Column(name, _C, description, required=required, key=True, alias=alias)


def _code(name: str, description: str, alias: str | None = None, *, required: bool = False) -> Column:
    return Column(name, _C, description, required=required, alias=alias)


def _text(name: str, description: str, *, required: bool = False, personal: bool = False) -> Column:
    return Column(name, _T, description, required=required, personal=personal)


def _time(name: str, description: str, *, required: bool = False, key: bool = False) -> Column:
    return Column(name, _W, description, required=required, key=key)


def _amount(description: str, *, required: bool = False) -> tuple[Column, Column]:
    return (
        Column("quantity", _Q, description, required=required, unit="unit"),
        Column("unit", _U, "unit of the quantity", required=required, alias="unit_of_measure"),
    )


def _choice(
    name: str, description: str, values: tuple[str, ...], *, required: bool = False, key: bool = False
) -> Column:
    return Column(name, ColumnType.CHOICE, description, required=required, key=key, values=values)


def _limits(what: str) -> tuple[Column, ...]:
    return (
        Column("value", ColumnType.VALUE, f"the {what}", required=True, unit="unit"),
        Column("unit", _U, "unit of value and limits", alias="unit_of_measure"),
        Column("low", _N, "lower limit, included", unit="unit"),
        Column("high", _N, "upper limit, included", unit="unit"),
    )


_LINE_NO = Column("line_no", _C, "tells rows of one key apart", key=True)


def _table(name: str, description: str, *columns: Column, grouped: bool = False) -> Table:
    return Table(name, description, columns + _VOID, grouped)


_ALL = (
    _table(
        "materials", "A material: what a lot or a unit is made as.",
        _key("material_id", "our number of the material", "material"),
        _text("name", "its name", required=True),
        _choice("stage", "supplied, intermediate or finished", STAGES, required=True),
        Column("base_unit", _U, "the unit in which it is counted", required=True, alias="unit_of_measure"),
        _code("gtin", "GS1 GTIN"),
        _code("udi_di", "device identifier of the UDI"),
        Column("tolerance_percent", _N, "allowed difference of its mass balance, in percent"),
    ),
    _table(
        "parties", "A party: a supplier, customer, carrier, subcontractor, or a part of our own firm.",
        _key("party_id", "our number of the party", "party"),
        _text("name", "its name", required=True),
        Column("role", ColumnType.CHOICES, "one or several, joined by |", required=True, values=ROLES),
        _code("gln", "GS1 GLN"),
        _code("country", "ISO 3166 country code"),
        _text("address", "postal address", personal=True),
        _text("email", "e-mail address", personal=True),
        _text("phone", "telephone", personal=True),
    ),
    _table(
        "places", "A place where items are kept or handled.",
        _key("place_id", "our number of the place", "place"),
        _text("name", "its name", required=True),
        _text("kind", "what sort of place"),
        _code("party_id", "whose place it is", "party"),
        _code("gln", "GS1 GLN"),
        _code("country", "ISO 3166 country code"),
    ),
    _table(
        "lots", "A lot (batch): received from a supplier or made by us.",
        _key("item_id", "unique in the whole organisation", "item"),
        _code("material_id", "what it is", "material", required=True),
        _code("lot_number", "the number printed on it", required=True),
        _code("supplier_id", "who supplied it", "party"),
        _code("supplier_lot", "the supplier's own lot number"),
        *_amount("quantity received or made"),
        _time("made_at", "when it was made"),
        _time("received_at", "when it was received"),
        _time("expires_on", "when it expires"),
        _choice("status", "opening status", STATUSES),
    ),
    _table(
        "units", "A serialised unit.",
        _key("item_id", "unique in the whole organisation", "item"),
        _code("lot_id", "the lot that it was serialised from", "item"),
        _code("material_id", "what it is; empty: what its lot is", "material"),
        _code("serial", "serial number", required=True),
        _time("made_at", "when it was made"),
        _choice("status", "opening status", STATUSES),
    ),
    _table(
        "orders", "A production order. It never joins steps.",
        _key("order_id", "our number of the order"),
        _code("material_id", "what is to be made", "material"),
        Column("planned_quantity", _Q, "planned quantity", unit="unit"),
        Column("unit", _U, "unit of the quantity", alias="unit_of_measure"),
        _time("due", "when it is due"),
    ),
    _table(
        "steps", "A step: joins what it consumed to what it produced.",
        _key("step_id", "our number of the step"),
        _code("operation", "which operation it is", required=True),
        _code("order_id", "the order that it was done for"),
        _time("started_at", "when it began"),
        _time("ended_at", "when it ended"),
        _code("site", "where"),
        _code("line", "on which line"),
        Column("operator", _T, "who did it", personal=True),
        _code("document_id", "the document that it followed"),
        _code("document_version", "which version of it"),
        _choice("kind", "what sort of step", STEP_KINDS),
        _choice("grain", "what the record proves; empty: lot", GRAINS),
    ),
    _table(
        "consumption", "A step used some of an item.",
        _key("step_id", "the step"),
        _key("item_id", "what it used", "item"),
        *_amount("how much it used"),
        _time("at", "when", key=True),
        _LINE_NO,
        grouped=True,
    ),
    _table(
        "production", "A step made some of an item.",
        _key("step_id", "the step"),
        _key("item_id", "what it made", "item"),
        *_amount("how much it made"),
        _time("at", "when", key=True),
        _LINE_NO,
        grouped=True,
    ),
    _table(
        "equipment", "A machine, vessel or instrument.",
        _key("equipment_id", "our number of it", "equipment"),
        _text("name", "its name", required=True),
        _text("kind", "what sort of equipment"),
        _code("site", "where"),
        _time("calibrated_until", "end of its calibration"),
        _choice("mixing", "how lots mix in it", ("none", "full", "fifo")),
        Column("heel_quantity", _Q, "what stays behind in it", unit="heel_unit"),
        Column("heel_unit", _U, "unit of the heel", alias="unit_of_measure"),
    ),
    _table(
        "equipment_use", "A step ran on a piece of equipment.",
        _key("step_id", "the step"),
        _key("equipment_id", "the equipment", "equipment"),
        _time("from", "since when", key=True),
        _time("to", "until when"),
    ),
    _table(
        "readings", "A process parameter or an environment reading.",
        _key("step_id", "the step that it belongs to", required=False),
        _key("equipment_id", "the equipment that it was read on", "equipment", required=False),
        _key("place_id", "the place where it was read", "place", required=False),
        _key("parameter", "what was read"),
        *_limits("value read"),
        _time("at", "when", required=True, key=True),
    ),
    _table(
        "results", "An inspection or laboratory result, supplier certificate or quality indicator.",
        _key("item_id", "the item that it is about", "item"),
        _key("test", "which test"),
        *_limits("result"),
        _time("at", "when", key=True),
        _key("sample_id", "which sample", required=False),
        _text("laboratory", "who tested"),
        _text("verdict", "pass, fail, or as the laboratory says it"),
    ),
    _table(
        "decisions", "Someone released, held or rejected an item.",
        _key("item_id", "the item", "item"),
        _choice("status", "its status from then on", STATUSES, required=True),
        _time("at", "when", required=True, key=True),
        _text("by", "who decided", personal=True),
        _text("reason", "why"),
        _code("document_id", "the document that records it"),
    ),
    _table(
        "shipments", "An item or a container was shipped to a consignee.",
        _key("shipment_id", "our number of the shipment"),
        _key("item_id", "an item or a container", "item"),
        _LINE_NO,
        _code("consignee_id", "who received it", "party", required=True),
        _code("bill_to", "who paid for it", "party"),
        *_amount("how much"),
        _text("price", "price"),
        _time("shipped_at", "when it left", required=True),
        _code("document", "delivery document"),
        _time("received_at", "when it was received"),
    ),
    _table(
        "stock", "A count: so much of an item was at a place.",
        _key("item_id", "an item or a container", "item"),
        _key("place_id", "where", "place"),
        *_amount("how much was counted", required=True),
        _choice("status", "in which status", STOCK_STATUSES, required=True, key=True),
        _time("counted_at", "when", required=True, key=True),
    ),
    _table(
        "moves", "An item moved from place to place.",
        _key("item_id", "what moved", "item"),
        _code("from_place", "from where", "place"),
        _code("to_place", "to where", "place"),
        _time("at", "when", required=True, key=True),
        *_amount("how much"),
        _LINE_NO,
    ),
    _table(
        "dispositions", "What became of some of an item.",
        _key("item_id", "the item", "item"),
        _choice("kind", "what became of it; used = at the patient or consumer", DISPOSITIONS, required=True, key=True),
        *_amount("how much", required=True),
        _time("at", "when", required=True, key=True),
        _key("party_id", "at or from whom", "party", required=False),
        _text("reason", "why"),
        _LINE_NO,
    ),
    _table(
        "packing", "An item or container was inside a container.",
        _key("item_id", "what was inside", "item"),
        _key("container_id", "the container (SSCC or our own number)"),
        _time("packed_at", "since when", key=True),
        _time("unpacked_at", "until when"),
    ),
    _table(
        "documents", "A version of a recipe, procedure or specification.",
        _key("document_id", "our number of the document"),
        _key("version", "its version"),
        _text("title", "its title", required=True),
        _choice("kind", "what sort of document", ("recipe", "sop", "specification")),
        _time("effective_from", "in force from"),
        _time("effective_to", "in force until"),
    ),
    _table(
        "aliases", "Another system's code for something of ours.",
        _key("system", "erp, mes, lims, wms, qms, or a supplier's party_id"),
        _choice("kind", "what the code names", ALIAS_KINDS, required=True, key=True),
        _key("code", "the other system's code"),
        _code("means", "our code", required=True),
    ),
    _table(
        "conversions", "How one unit of a material converts to another (a box of 12 each; a density).",
        _key("material_id", "the material", "material"),
        Column("from_unit", _U, "one of this", required=True, key=True, alias="unit_of_measure"),
        Column("to_unit", _U, "is so many of this", required=True, key=True, alias="unit_of_measure"),
        Column("factor", _N, "how many: to = from times factor", required=True),
    ),
)  # fmt: skip

TABLES: dict[str, Table] = {table.name: table for table in _ALL}
"""Every table of the format by name, in the order in which people would fill them."""
