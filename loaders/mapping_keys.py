"""Reading a mapping file key by key: what it says wrongly is refused with its place and with what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from genealogy.errors import InputError


@dataclass(slots=True)
class Keys:
    """A table of a mapping file, with its place for messages.

    Attributes:
        file: the mapping file.
        place: where in it, in words.
        content: what it holds.
    """

    file: str
    place: str
    content: dict[str, Any]

    def at(self, key: str) -> str:
        """Say where a key stands."""
        return f"{self.place}, {key}" if self.place else key

    def wrong(self, key: str, allowed: str) -> NoReturn:
        """Refuse the value of a key."""
        got = f" (it is {self.content[key]!r})" if key in self.content else " (it is missing)"
        raise InputError(f"mapping {self.file}: {self.at(key)} must be {allowed}{got}. Correct the mapping file.")

    def only(self, *keys: str) -> None:
        """Refuse any other key than these."""
        for key in self.content:
            if key not in keys:
                raise InputError(
                    f"mapping {self.file}: {self.at(key)} is not a key of a mapping; "
                    f"allowed here are {', '.join(keys)}. Correct the mapping file."
                )

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Return a text."""
        value = self.content.get(key)
        if (value is None and required) or (value is not None and not isinstance(value, str)):
            self.wrong(key, "a text")
        return value

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return one or several texts."""
        value = self.content.get(key, ())
        value = (value,) if isinstance(value, str) else value
        if (
            not isinstance(value, list | tuple)
            or any(not isinstance(one, str) for one in value)
            or (required and not value)
        ):
            self.wrong(key, "a text or a list of texts")
        return tuple(value)

    def flag(self, key: str) -> bool:
        """Return true or false; false when absent."""
        value = self.content.get(key, False)
        if not isinstance(value, bool):
            self.wrong(key, "true or false")
        return bool(value)

    def words(self, key: str) -> dict[str, str] | None:
        """Return a table of texts."""
        value = self.content.get(key)
        if value is None:
            return None
        if not isinstance(value, dict) or any(not isinstance(one, str) for one in value.values()):
            self.wrong(key, 'a table of texts, such as { "old" = "new" }')
        return dict(value)

    def table(self, key: str, *, required: bool = False) -> Keys | None:
        """Return a table inside this one."""
        value = self.content.get(key)
        if value is None and not required:
            return None
        if not isinstance(value, dict):
            self.wrong(key, "a table")
        return Keys(self.file, self.at(key), value)

    def tables(self, key: str, *, required: bool = False) -> list[dict[str, Any]]:
        """Return a list of tables inside this one."""
        value = self.content.get(key, [])
        if not isinstance(value, list) or any(not isinstance(one, dict) for one in value) or (required and not value):
            self.wrong(key, f"one or more tables, each beginning with [[{key}]]")
        return list(value)
