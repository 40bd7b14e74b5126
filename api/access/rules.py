"""Who may do what: the roles, what each of them sees, and the one table of operations and pages. What is not named is refused.

A new operation or page gets a line here; `tests/test_api_access_rules.py` fails until it has one. `docs/access.md` is made
from this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person or a system is here to do; one may have several roles, and then may do what any of them may."""

    VIEWER = "viewer"
    COORDINATOR = "coordinator"
    MANAGER = "manager"
    AUDITOR = "auditor"
    OPERATIONS = "operations"
    ADMINISTRATOR = "administrator"


DUTIES: dict[Role, str] = {
    Role.VIEWER: "looks up lots, units and scopes; sees no confidential field",
    Role.COORDINATOR: "runs a recall: asks everything, loads and corrects records, knows whom to warn",
    Role.MANAGER: "answers for a recall and its cost: everything the coordinator does, and prices",
    Role.AUDITOR: "checks answers down to file and row, and the ledger; changes nothing",
    Role.OPERATIONS: "keeps the service running: loads, jobs, metrics, verification; asks nothing about the plant",
    Role.ADMINISTRATOR: "decides who may do what; sees no record of the plant",
}
"""Why each role is there."""


class Field(StrEnum):
    """A sort of data that not everybody may see."""

    SUPPLIER = "supplier"
    PRICE = "price"
    CONTACT = "contact"
    PERSONAL = "personal"
    PATIENT = "patient"
    ACTOR = "actor"
    FREE = "free text"


MEANT: dict[Field, str] = {
    Field.SUPPLIER: "who supplied it: party number, name, GLN and places of suppliers, and their own lot numbers",
    Field.PRICE: "prices, and amounts of money computed from them",
    Field.CONTACT: "address, e-mail and telephone of parties",
    Field.PERSONAL: "names of people in the records of the plant: operators, and who decided",
    Field.PATIENT: "at whom, when and why something was used",
    Field.ACTOR: "who did what in this program: people and keys in the ledger",
    Field.FREE: "what people wrote freely and so may hold any of these: reasons, names of files",
}
"""What each sort holds."""

SEES: dict[Role, frozenset[Field]] = {
    Role.VIEWER: frozenset(),
    Role.COORDINATOR: frozenset(Field) - {Field.PRICE},
    Role.MANAGER: frozenset(Field),
    Role.AUDITOR: frozenset({Field.SUPPLIER, Field.PERSONAL, Field.ACTOR, Field.FREE}),
    Role.OPERATIONS: frozenset({Field.ACTOR, Field.FREE}),
    Role.ADMINISTRATOR: frozenset({Field.ACTOR}),
}
"""What each role sees; everything else is masked for it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use an operation or a page.

    Attributes:
        roles: any of these is enough; none for what needs no sign-in.
        why: the reason, for people.
        open: whether it needs no sign-in.
    """

    roles: frozenset[Role]
    why: str
    open: bool = False


def _rule(why: str, *roles: Role) -> Rule:
    return Rule(frozenset(roles), why)


OPEN = Rule(frozenset(), "says nothing about the plant", open=True)
EVERYONE = _rule("whoever is signed in", *Role)
SIGNED_IN = Rule(frozenset(Role), "whoever is signed in, also without any role")
READERS = _rule(
    "asks about the plant; each sees what the role sees", Role.VIEWER, Role.COORDINATOR, Role.MANAGER, Role.AUDITOR
)
LOADERS = _rule("changes what is recorded of the plant", Role.COORDINATOR, Role.MANAGER, Role.OPERATIONS)
LOAD_READERS = _rule(
    "looks at loads, quarantine and originals", Role.COORDINATOR, Role.MANAGER, Role.AUDITOR, Role.OPERATIONS
)
RUNNERS = _rule("keeps the service running", Role.OPERATIONS, Role.ADMINISTRATOR)
PEOPLE = _rule("decides who may come in, and with which roles", Role.ADMINISTRATOR)
LEDGER = _rule(
    "reads or checks the audit trail",
    Role.COORDINATOR, Role.MANAGER, Role.AUDITOR, Role.OPERATIONS, Role.ADMINISTRATOR,
)  # fmt: skip

OPERATIONS: dict[str, Rule] = {
    "healthz": OPEN,
    "readyz": OPEN,
    "findItem": READERS,
    "trace": READERS,
    "scope": READERS,
    "compare": READERS,
    "bounds": READERS,
    "diff": READERS,
    "why": READERS,
    "nearMisses": READERS,
    "responsible": READERS,
    "whereElse": READERS,
    "where": READERS,
    "balance": READERS,
    "share": READERS,
    "sweep": READERS,
    "undescribed": READERS,
    "graph": READERS,
    "graphNode": READERS,
    "graphFile": READERS,
    "flow": READERS,
    "timeline": READERS,
    "countries": READERS,
    "batches": READERS,
    "entries": LEDGER,
    "verify": LEDGER,
    "scopePage": READERS,
    "tracePage": READERS,
    "jobs": EVERYONE,
    "job": EVERYONE,
    "cancelJob": EVERYONE,
    "jobEvents": EVERYONE,
    "load": LOADERS,
    "loadChecked": LOADERS,
    "loads": LOAD_READERS,
    "quarantine": LOAD_READERS,
    "correctQuarantine": LOADERS,
    "original": LOAD_READERS,
    "templates": EVERYONE,
    "queries": EVERYONE,
    "query": EVERYONE,
    "report": READERS,
    "reportArchive": READERS,
    "people": PEOPLE,
    "addPerson": PEOPLE,
    "removePerson": PEOPLE,
    "grantRole": PEOPLE,
    "revokeRole": PEOPLE,
    "disablePerson": PEOPLE,
    "enablePerson": PEOPLE,
    "resetPassword": PEOPLE,
    "changeOwnPassword": SIGNED_IN,
    "keys": PEOPLE,
    "addKey": PEOPLE,
    "revokeKey": PEOPLE,
    "rebuild": RUNNERS,
    "metrics": RUNNERS,
}
"""Operation id of the HTTP interface -> its rule."""

PAGES: dict[str, Rule] = {
    "sign_in": OPEN,
    "signing_in": OPEN,
    "sign_out": SIGNED_IN,
    "docs": OPEN,
    "home": EVERYONE,
    "search": READERS,
    "item": READERS,
    "scope": READERS,
    "scope_file": READERS,
    "scope_from": READERS,
    "make_report": READERS,
    "report_job": READERS,
    "why": READERS,
    "beside": READERS,
    "places": READERS,
    "scope_balance": READERS,
    "scope_balance_file": READERS,
    "places_file": READERS,
    "graph": READERS,
    "graph_node": READERS,
    "graph_file": READERS,
    "flow": READERS,
    "flow_file": READERS,
    "timeline": READERS,
    "timeline_file": READERS,
    "countries": READERS,
    "countries_file": READERS,
    "compare": READERS,
    "compare_file": READERS,
    "batches": READERS,
    "batches_file": READERS,
    "balance": READERS,
    "responsible": READERS,
    "where_else": READERS,
    "undescribed": READERS,
    "ledger": LEDGER,
    "verify": LEDGER,
    "loads": LOAD_READERS,
    "check_files": LOADERS,
    "load_files": LOADERS,
    "load_job": LOAD_READERS,
    "cancel_load": LOADERS,
    "quarantine": LOAD_READERS,
    "correct_rows": LOADERS,
    "people": PEOPLE,
    "add_person": PEOPLE,
    "change_person": PEOPLE,
    "add_key": PEOPLE,
    "revoke_key": PEOPLE,
    "own_password": SIGNED_IN,
    "change_own_password": SIGNED_IN,
}
"""Name of a page of the console (``name=`` of its route) -> its rule."""


def sees(roles: frozenset[Role]) -> frozenset[Field]:
    """What somebody with these roles sees."""
    return frozenset().union(*(SEES[role] for role in roles))
