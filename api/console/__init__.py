"""The web console: pages made on the server, that ask the same engine as every other door."""

from __future__ import annotations

from api.console.routes import add_console

__all__ = ["add_console"]
