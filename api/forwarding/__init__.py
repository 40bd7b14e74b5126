"""A command that is done by the service which owns the home."""
