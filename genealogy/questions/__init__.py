"""The questions that can be put to a plant: each is answered in one place, as of an entry, with its digest."""

from __future__ import annotations

from genealogy.questions.amounts import Amounts
from genealogy.questions.explanations import Explanations
from genealogy.questions.scopes import Scopes


class Questions(Scopes, Amounts, Explanations):
    """What can be asked, of whoever holds a ledger, its graph and its arrays."""
