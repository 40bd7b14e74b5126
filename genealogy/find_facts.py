"""The second road to the items that a text names: the arrays that are made of the ledger's facts alone, without the graph.

A receipt that is missing from the graph must not drop out of a recall in silence, so what the graph finds is joined with
what the facts say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.snapshot.layout import INDEXED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.snapshot.moment import Moment


def facts_bearing(
    moment: Moment, table: str, columns: Sequence[str], text: str, told: Sequence[str]
) -> list[dict[str, Any]]:
    """The facts in force of a table in which one of the columns is the text, in the order of the ledger.

    Args:
        moment: the facts that count.
        table: of lots or units.
        columns: in which the text is looked for.
        text: as recorded.
        told: the columns that are told of each fact, with codes as written.
    """
    number = int(moment.words.find([text])[0])
    rows = moment.all_rows(table)
    if number < 0 or not len(rows):
        return []
    bears = np.zeros(len(rows), bool)
    for name in columns:
        if len(written := moment.column(table, name)):
            bears |= written[rows] == number
    rows = rows[bears]
    texts = []
    for name in told:
        written, strings = moment.column(table, name), moment.codes if (table, name) in INDEXED else moment.words
        texts.append(strings.strings(written[rows]) if len(written) else [None] * len(rows))
    return [dict(zip(told, values, strict=True)) for values in zip(*texts, strict=True)]
