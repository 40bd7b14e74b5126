"""What a report over HTTP is asked of: the body of its request. The command line takes the same as options."""

from __future__ import annotations

from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.commands.starting import asked_of
from api.protocol.refused import RefusedError
from genealogy.errors import InputError
from genealogy.wording import parts_of, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genealogy.starts.asked import Asked

MOST_NARROWED = 20
"""Narrowed scopes beside the full one; each is worked out on its own."""
LONGEST = 500
"""Characters of a text that names a start or a boundary."""
_MOST_NAMED = 100
_MOST_STARTS = 1000

Text = Annotated[str, Field(min_length=1, max_length=LONGEST)]


def _several(description: str, example: str) -> Any:
    return Field(default_factory=list, max_length=_MOST_NAMED, description=description, examples=[[example]])


class OtherStarts(BaseModel):
    """Starts that are no items: the names of the parameters of a scope; what is given several times is a union."""

    model_config = ConfigDict(extra="forbid")
    step: list[Text] = _several("Steps.", "ST-0815")
    equipment: list[Text] = _several("Pieces of equipment: the steps that ran on them.", "MIX-01")
    calibration_lapse: bool = Field(False, description="Steps on equipment whose calibration had ended.")
    parameter: list[Text] = _several("Parameters: the steps whose readings are meant.", "temperature")
    outside: bool = Field(False, description="Only readings outside their recorded limits.")
    low: Text | None = Field(None, description="Instead: readings below this.", examples=["35.5"])
    high: Text | None = Field(None, description="Instead: readings above this.", examples=["37.5"])
    unit: Text | None = Field(None, description="Unit of low and high.", examples=["CEL"])
    document: list[Text] = _several("Documents that steps followed.", "SOP-12")
    version: Text | None = Field(None, description="The version of the document.", examples=["3"])
    operator: list[Text] = _several("Who did the steps.", "A. Example")
    place: list[Text] = _several("Places: the items that were there.", "COLD-STORE-2")
    supplier: list[Text] = _several("Suppliers: what they delivered.", "SUP-NORDPOLY")
    material: list[Text] = _several("Of that, only these materials.", "RM-10")
    since: Text | None = Field(
        None, alias="from", description="Beginning of the interval (ISO 8601).", examples=["2026-05-01"]
    )
    until: Text | None = Field(None, alias="to", description="End of the interval (ISO 8601).", examples=["2026-05-02"])

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        """A reading takes step, equipment and place as restrictions: each of them together with each."""
        together = prod(len(each) or 1 for each in (self.parameter, self.step, self.equipment, self.place))
        if self.parameter and together > _MOST_STARTS:
            raise ValueError(
                f"parameter, step, equipment and place make {together:,} starts together, and at most {_MOST_STARTS:,} are "
                "taken. Name fewer of them, or ask for each on its own."
            )
        return self

    def asked(self) -> Asked:
        """The same as the words of a question."""
        limits = (self.outside, self.low, self.high, self.unit)
        return asked_of(
            self.step, self.equipment, self.parameter, limits, self.document, self.version, self.operator, self.place,
            self.calibration_lapse, self.supplier, self.material, self.since, self.until,
        )  # fmt: skip


class ReportBody(BaseModel):
    """What a report is of."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"items": ["RX-2291"], "narrow": ["only-after 2026-05-01"], "changed_since": "1", "language": "zh"},
                {"other": {"equipment": ["MIX-01"], "from": "2026-05-01", "to": "2026-05-02"}},
            ]
        },
    )
    items: list[str] = Field(
        default_factory=list,
        description="Ids, lot numbers, suppliers' lot numbers or serials; none where it starts from something else.",
        examples=[["RX-2291"]],
    )
    other: OtherStarts = Field(
        default_factory=lambda: OtherStarts.model_validate({}),
        description="Starts that are no items, beside the items or instead of them, as the parameters of a scope name them.",
        examples=[{"equipment": ["MIX-01"], "from": "2026-05-01", "to": "2026-05-02"}],
    )
    narrow: list[Text] = Field(
        default_factory=list,
        max_length=MOST_NARROWED,
        description="Narrowed scopes beside the full one, each as a boundary of a comparison.",
        examples=[["only-after 2026-05-01", "lot"]],
    )
    changed_since: str | None = Field(
        None,
        max_length=LONGEST,
        description="What changed in the scope since this entry, or since what was recorded by this time.",
        examples=["1", "2026-05-01T12:00:00Z"],
    )
    where_else: bool = Field(False, description="The items are complaints: what they have in common, ranked.")
    as_of: str | None = Field(None, description="An entry, or a recording time; without it, now.")
    union: bool = Field(False, alias="all", description="Where a text names different things, take all of them.")
    language: Literal["en", "zh"] = Field("en", description="Of the page, the workbook and the PDF.")


@contextmanager
def meant(*pointers: str) -> Iterator[None]:
    """What is wrong within is about these parts of the body."""
    try:
        yield
    except RefusedError:
        raise
    except InputError as error:
        raise RefusedError(422, said(*parts_of(error)), *pointers) from error
