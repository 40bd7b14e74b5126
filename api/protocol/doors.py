"""How HTTP and the pages say what an error asks for: parameters and operations there, fields and pages here.

The command line says it as the errors read (``genealogy.wording``).
"""

from __future__ import annotations

from genealogy.wording import Command, Option

_FLAGS = frozenset({"all", "outside", "calibration-lapse"})
_OPERATIONS = {
    "log": "GET /api/v1/entries",
    "rebuild": "POST /api/v1/rebuild",
    "verify": "GET /api/v1/verify",
    "people list": "GET /api/v1/people",
    "keys list": "GET /api/v1/keys",
    "template": "docs/plant-tables.md",
}
"""Command -> what does the same over HTTP; any other is there only on the machine of the service."""
_PAGES = {
    "log": "“Ledger”",
    "people list": "“People”",
    "keys list": "“People”",
    "template": "docs/plant-tables.md",
}
_FIELDS = {
    "all": "“All of them”",
    "as-of": "“As of entry”",
    "changed-since": "“What changed since”",
    "narrow": "“Narrowed scopes”",
    "where-else": "“These items are complaints”",
    "zone": "“Zone of times without an offset”",
    "mapping": "“Other tables, other times”",
}


_BLANKS = {
    "parameter": "“Parameter”",
    "outside": "“Outside the limits recorded with them”",
    "low": "“Below”",
    "high": "“Above”",
    "unit": "“In this unit”",
    "equipment": "“A piece of equipment”",
    "calibration-lapse": "“A lapsed calibration”",
    "document": "“Recipe or procedure”",
    "version": "“Version”",
    "supplier": "“What a supplier delivered”",
    "material": "“Only this material”",
    "from": "“From”",
    "to": "“To”",
}
"""Option -> the field of the form on which a scope starts from something else than items."""


def over_http(word: Option | Command) -> str:
    """An option or a command in words of the HTTP interface.

    >>> over_http(Option("all")), over_http(Option("calibration-lapse")), over_http(Command("log"))
    ('`all=true`', '`calibration_lapse=true`', '`GET /api/v1/entries`')
    """
    if isinstance(word, Command):
        known = _OPERATIONS.get(word.name)
        return f"`{known}`" if known else _on_the_machine(word)
    if word.boundary:
        return f"`{word.name}`"
    name = word.name.replace("-", "_")
    value = word.value or ("true" if word.name in _FLAGS else "")
    return f"`{name}={value}`" if value else f"`{name}`"


def on_page(word: Option | Command) -> str:
    """An option or a command in words of the console.

    >>> on_page(Option("all")), on_page(Option("kill-step", boundary=True)), on_page(Command("rebuild"))
    ('“All of them”', 'kill-step', '`genealogy rebuild` on the machine of the service')
    """
    if isinstance(word, Command):
        return _PAGES.get(word.name) or _on_the_machine(word)
    if word.boundary:
        return word.name
    named = _FIELDS.get(word.name) or word.name.replace("-", " ")
    return f"{named} {word.value}".rstrip()


def on_form(word: Option | Command) -> str:
    """The same in words of the form on which a scope starts from something else than items.

    >>> on_form(Option("low")), on_form(Option("equipment", "FILL-1"))
    ('“Below”', '“A piece of equipment” FILL-1')
    """
    if isinstance(word, Command) or word.boundary or word.name not in _BLANKS:
        return on_page(word)
    return f"{_BLANKS[word.name]} {word.value}".rstrip()


def _on_the_machine(word: Command) -> str:
    return f"{word} on the machine of the service"
