"""The page that says who may do what and why (``docs/access.md``): made from the rules themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.access.fields import COLUMNS, WAYS
from api.access.masks import MASKED
from api.access.passwords import SHORTEST
from api.access.rules import DUTIES, MEANT, OPERATIONS, PAGES, SEES, Field, Role, Rule
from api.access.sessions import ABSOLUTE, IDLE
from api.access.throttle import FOR_ADDRESS, FOR_NAME, WINDOW
from api.access.tokens import ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = f"""\
# Who may do what

Written by `docs/generate.py` from `api/access/`; do not edit.

## When one has to say who one is

Always, except in a demo home (`genealogy demo` makes one) that is served on loopback and to which nobody was ever added: its
ledger says so, and whoever was added and went again leaves no open door behind. Open to
everybody are only `/healthz`, `/readyz`, `/openapi.json`, `/docs`, the files of the pages, and the page to sign in; whatever
else is asked is answered alike, whether it exists or not.

`genealogy serve` listens where other machines reach it only after somebody was added. `--guarded` is for a container whose
port is published on this machine only: it may start before anybody was added, and then lets nobody in until somebody is.

The first administrator is added on the command line, where the home is, and nowhere else. Everybody after can be added there
too, or by an administrator on the page of people and over HTTP (`/api/v1/people`, `/api/v1/keys`):

```text
genealogy people add jane --role administrator --role auditor
genealogy people grant jane coordinator
genealogy people disable jane
genealogy keys add mes --role viewer --expires 2027-12-31
```

A password that the service makes up, and a key, are shown once. Who is disabled may not sign in, and keeps the roles for when they
are enabled again. The last administrator who may sign in can be neither removed nor disabled, and keeps that role. Everybody
changes their own password under their name at the top of each page; wrong guesses there count like those to sign in.

These commands work while a server has the home. Every change is an entry of the ledger (`genealogy log`), never with the
password or key itself, and it counts only once it is there: a server writes what waits before it lets the next one in.
`access.sqlite` in the home holds people and keys; only its owner reads it. `genealogy backup` leaves it out, so that no
backup opens the door: after a restore people are added anew. Where the file is lost, replaced or damaged while a server runs,
nobody is let in until the server is started again; while a change waits for the ledger, requests are answered with 503.

- **People** sign in with name and password (argon2id, at least {SHORTEST} characters, asked for or read from a file, never an
  argument). A session ends after {IDLE // 60} minutes without a request, after {ABSOLUTE // 3600} hours in any
  case, by signing out, and at once when the person is disabled or removed, loses a role, or gets another password. Its
  cookie is `HttpOnly`, `SameSite=Strict`, by TLS `Secure`. A form carries a token of its session; a
  request of a script that changes something carries it as `x-form-token` (the page has it as `<meta name="form-token">`).
- **Systems** send a key: `Authorization: Bearer gen_..`. It is shown once, kept as a digest, and can be revoked or expire.
- **Tokens** of the firm's own sign-in (OpenID Connect) come the same way. They are checked against keys in a file, nothing is
  fetched. `GENEALOGY_OIDC` names the file that says whom to trust:

```toml
issuer = "https://login.example.com/realms/plant"
audience = "genealogy"
keys = "jwks.json"              # beside this file: a JWK set, or one public key as PEM; read again when it changes
algorithms = ["RS256"]          # of {", ".join(ALGORITHMS)}
role_claim = "realm_access.roles"
name_claim = "preferred_username"
[roles]
"recall-team" = "coordinator"   # value of the claim = role
```

`name_claim` is who the ledger says it was and whose jobs they are: name a claim that people cannot change themselves (`sub`
never changes, but nobody reads it easily).

After {FOR_NAME} wrong passwords for a name, or {FOR_ADDRESS} from an address, in {WINDOW // 60} minutes,
further attempts wait. A browser in which somebody signed in before is counted apart, so strangers lock out nobody who is known
there. Wrong names and wrong passwords are told alike. All addresses of one IPv6 network (/64) count as one. Who follows the
progress of a job hears no more once they signed out, were disabled or lost the role for it. A job is called off by whoever
began it, or whoever might have begun such a load, check or rebuild. The log names pages, not what was asked.

The service answers under the names of loopback, that of `--host`, and those of `--url` (which also says that something before
it ends TLS, by `https://`); any other is refused with 421. `--certificate` and `--private-key` serve by TLS. Behind something
that passes requests on, all come from its address: the counts for an address then hold for all who were never here before.

## Roles

One may have several, and then may do and see what any of them may. What is not allowed by name is refused.
"""
_SEEN = f"""\
## What each role sees

What a role does not see reads `{MASKED}`: in answers, pages, files, graphs, the evidence of `why`, quarantine and ledger. Nor
can it be searched, filtered or sorted by, and a right guess is answered as a wrong one. The digest and the entity tag of a
masked answer are those of what is said; `asked.masked` names what is masked. A field that nobody has sorted yet is masked for
whoever does not see everything. A file as it was loaded is handed out only to who sees every sort of field in it.
A recall report is masked like a page and says so in each of its files ([what it means](answers.md#the-report)). In graph and flow,
masked suppliers are one node, whether they are one or several. Codes that
are ours (items, our own lot numbers, serials, customers) are not masked, even where one reads like a supplier's.
"""
_COLUMNS = """\
## Which column is of which sort

Columns that are not listed are seen by all who may ask. "If a supplier's" holds where the code or name is one of a supplier or
of a supplier's place; "quoted" where a text may quote confidential values, which are then replaced in it. What is recorded as
`used` (in `dispositions`) is patient data: party, place, time and reason. Aliases of parties and places count as supplier data.
"""
_RULES = """\
## Operations and pages

`v` viewer, `c` coordinator, `m` manager, `a` auditor, `o` operations, `A` administrator.
"""
_SHORT = {
    Role.VIEWER: "v", Role.COORDINATOR: "c", Role.MANAGER: "m", Role.AUDITOR: "a", Role.OPERATIONS: "o",
    Role.ADMINISTRATOR: "A",
}  # fmt: skip


def access_page() -> str:
    """The whole page."""
    parts = [_HEAD, _table(("role", "is there to"), [(f"`{role}`", duty) for role, duty in DUTIES.items()])]
    rows = [
        (f"**{field.value}**", MEANT[field], *("yes" if field in SEES[role] else "" for role in Role))
        for field in Field
    ]
    parts += [_SEEN, _table(("sort", "holds", *Role), rows)]
    columns = []
    for table, sorts in COLUMNS.items():
        for column, about in sorts.items():
            said = [field.value for field in Field if field in about]
            said += [
                words for way, words in (("look", "supplier, if a supplier's"), ("tell", "quoted")) if way in about
            ]
            if said and column != "void_reason":
                columns.append((f"`{table}.{column}`", ", ".join(said)))
    parts += [_COLUMNS, _table(("column", "sort"), columns)]
    for kind, rules in (("operation of `/api/v1`", OPERATIONS), ("page", PAGES)):
        parts += [_RULES] if rules is OPERATIONS else []
        parts.append(
            _table((kind, "who", "because it"), [(f"`{name}`", _who(rule), rule.why) for name, rule in rules.items()])
        )
    return "\n".join(parts)


def _who(rule: Rule) -> str:
    if rule.open:
        return "everybody"
    return (
        "all roles" if rule.roles == frozenset(Role) else " ".join(_SHORT[role] for role in Role if role in rule.roles)
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


assert {"look", "tell"} == WAYS
