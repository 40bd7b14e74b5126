"""Figures that anybody can measure again: ``python -m benchmarks`` (see docs/benchmarks.md)."""
