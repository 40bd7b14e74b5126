"""A request that is refused as it stands, with the status that says how."""

from __future__ import annotations

from genealogy.errors import InputError


class RefusedError(InputError):
    """The request is refused as it stands."""

    def __init__(self, status: int, message: str, *pointers: str) -> None:
        super().__init__(message)
        self.status, self.pointers = status, pointers
