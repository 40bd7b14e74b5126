"""Where vis-network lies, the drawing library that pyvis brings along."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def vis_folder() -> Path:
    """The folder with ``vis-network.min.js`` in the newest version that pyvis ships."""
    spec = find_spec("pyvis")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return sorted((Path(spec.submodule_search_locations[0]) / "templates" / "lib").glob("vis-9.1*"))[-1]
