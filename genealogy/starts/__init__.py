"""Starts of every kind: a scope may set out from items, steps, equipment, readings, documents, operators, places, suppliers."""

from __future__ import annotations

from genealogy.starts.question import Interval, Limits, Start

__all__ = ["Interval", "Limits", "Start"]
