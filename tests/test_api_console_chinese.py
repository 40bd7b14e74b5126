"""Every page of the console in Chinese, in a real browser: what is not data is not English."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from browsing import silent
from cli import PLANT, run_here, write
from console_server import Served, served
from people import new_person
from playwright.sync_api import Browser, Page

from loaders.sample import write_sample
from queries.plant import TABLES

PASSWORD = "correct horse battery staple"
EACH = 1
"""Pages of one kind (path and names of parameters) that are looked at; the wording of all is the same."""
ITEMS = 5
"""Pages of single items: their records differ."""
NO_WORDS = re.compile(
    r"[\w.-]+\.(?:csv|parquet|xlsx|toml|json)\b|/[\w./{}?=&:-]+|[0-9a-f]{8,}|\b\d{4}-\d\d-\d\d\S*"  # files, paths, hashes, times
    r"|\b[A-Za-z]*\d[\w-]*\b|\b[A-Z][A-Z0-9-]*\b|\b[a-z]+(?:_[a-z]+)+\b"  # codes, ids, names of columns
    r"|[A-Za-z]+…"  # cut off in a drawing
    r"|(?:id|lot|supplier-lot|serial|urn|only-after|made-from|equipment|parameter)[:\s]\S*"
)
"""What is written alike in every language."""
NAMES = {
    # of formats, of programs, of the language itself
    "English", "CSV", "JSON", "XLSX", "PNG", "SVG", "GraphML", "Parquet", "Excel", "UTC", "Europe", "Berlin", "UCUM",
    "Authorization", "Bearer", "HTTP", "genealogy", "people", "add", "NAME", "role", "administrator", "Idempotency", "Key",
    # units
    "kg", "mg", "mm", "ml", "kPa", "Cel", "min", "mbar", "rpm", "MiB",
    # of who did it, of keys to press, words of boundaries, the mapping that comes with the program
    "ada", "vic", "root", "test", "Home", "Esc", "shift", "only-after", "only-equipment", "only-parameter", "kill-step",
    "outside", "tablet", "only", "after", "equipment", "parameter", "kill", "step",
    # tables of the plant format
    *TABLES,
}  # fmt: skip
READ = """() => {
  const said = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, at = node.parentElement;
    if (at.closest("script, style, code, textarea, .secret, [lang=en]")) continue;
    if (node.textContent.trim()) said.push(node.textContent.trim().replace(/\\s+/g, " "));
  }
  for (const each of document.querySelectorAll("[placeholder], [title], [aria-label], [alt]"))
    for (const name of ["placeholder", "title", "aria-label", "alt"])
      if (each.getAttribute(name)) said.push(each.getAttribute(name));
  said.push(document.title);
  return said;
}"""


def recorded(*folders: Path) -> set[str]:
    """Every cell of the plants: data is shown as it was recorded, whatever its language."""
    found: set[str] = set()
    for folder in folders:
        for path in folder.rglob("*.csv"):
            with path.open(encoding="utf-8", newline="") as file:
                found |= {cell for row in csv.reader(file) for cell in row if re.search("[A-Za-z]", cell)}
    return found


def english(text: str, data: set[str], words: set[str]) -> str:
    """What is English in a text and no data; nothing where all of it is Chinese, data or a name."""
    if text in data:
        return ""
    rest = NO_WORDS.sub(" ", text)
    left = [
        word for word in re.findall(r"[A-Za-z][A-Za-z'’]+(?:-[a-z]+)*", rest) if word not in NAMES and word not in words
    ]
    return " ".join(left)


def kind_of(address: str) -> tuple[str, ...]:
    """What makes two addresses pages of one kind: the path, and the tab."""
    parts = urlsplit(address)
    path = re.sub(r"^/(items|loads/jobs)/.+", r"/\1/", parts.path)
    return (path, *(value for name, value in parse_qsl(parts.query) if name == "tab"))


class Walk:
    """Follows the links of the console and keeps what is English on a page."""

    def __init__(self, page: Page, data: set[str]) -> None:
        self.page, self.data = page, data
        self.words = {word for cell in data for word in re.findall(r"[A-Za-z][A-Za-z'’]+", cell)}
        self.found: dict[str, str] = {}
        self.seen: set[str] = set()
        self.kinds: Counter[tuple[str, ...]] = Counter()

    def read(self, where: str) -> None:
        """Keep what is English on the page that is open."""
        for text in self.page.evaluate(READ):
            if english(text, self.data, self.words):
                self.found.setdefault(text, where)

    def everywhere(self, *starts: str) -> None:
        """Every page that links lead to from here, some of each kind."""
        waiting = list(starts)
        while waiting:
            address = waiting.pop(0)
            kind = kind_of(address)
            most = ITEMS if kind[0] == "/items/" else EACH
            if address in self.seen or (self.kinds[kind] >= most and address not in starts):
                continue
            self.seen.add(address)
            self.kinds[kind] += 1
            self.page.goto(address, wait_until="domcontentloaded")
            self.read(address)
            waiting += self._links()

    def _links(self) -> list[str]:
        links = self.page.eval_on_selector_all("a[href]", "all => all.map(each => each.getAttribute('href'))")
        kept = []
        for link in links:
            parts = urlsplit(link)
            if (
                link.startswith("/")
                and not link.startswith(("/api/", "/static/"))
                and "." not in parts.path.rsplit("/", 1)[-1]
            ):
                pairs = [(name, value) for name, value in parse_qsl(parts.query) if name != "lang"]
                kept.append(parts.path + (f"?{urlencode(pairs)}" if pairs else ""))
        return kept


def test_nothing_is_english() -> None:
    data, words = {"Clinic Example DE 2", "Fill"}, {"Clinic", "Example", "Fill"}
    assert english("收货 Clinic Example DE 2", data, words) == ""
    assert english("2025-08-01 lots.csv, RX-2291", data, words) == ""
    assert english("Unsure: 2 records", data, words) == "Unsure records"


GAPS = {
    **PLANT,
    "lots": PLANT["lots"] + "BAD,RM,N9,,,many,kg\nLATE,RM,N10,SUP-1,Z,10,kg\n",
    "consumption": PLANT["consumption"] + "MIX,LATE,20,L,2026-05-01T08:00:00Z\nLOST,RM-2,9,kg,2026-05-01T08:00:00Z\n",
    "shipments": PLANT["shipments"] + "SH-9,FB,NOBODY,500,kg,2026-05-01T08:00:00Z\n",
    "receipts": "receipt_id,item_id,quantity,unit,received_at\nR-1,LATE,10,kg,2026-05-09T08:00:00Z\n",
}


PAGES = (
    "/", "/scope/from", "/batches", "/loads", "/quarantine", "/people", "/password", "/where-else", "/undescribed", "/ledger",
    "/ledger/verify", "/docs",
)  # fmt: skip
OF_GAPS = (
    "/search?q=N1", "/search?q=X%2F7%2Fa", "/items/GHOST", "/scope?item=RM-2", "/scope?item=LATE", "/balance?item=FB",
    "/balance?item=LATE", "/balance?item=GHOST", "/responsible?item=FB", "/responsible?item=LATE", "/responsible?item=NO-1",
    "/where-else?complaints=U-1%0AU-4", "/why?item=IM2&from=RM-1", "/why?item=FB&from=RM-1",
)  # fmt: skip
REFUSED = (
    "/search?q=NO-1", "/scope?item=NO-1", "/ledger?page=x", "/NO-1", "/scope", "/batches?sort=NO-1",
    "/batches?alert=NO-1", "/compare?item=RX-2291&boundary=NO-1", "/compare?item=RX-2291&boundary=only-parameter+pH",
    "/compare?item=RX-2291&boundary=only-equipment+NO-1", "/graph?item=RX-2291&shown=x", "/graph/node?item=RX-2291&node=9.9",
    "/flow?item=RX-2291&unit=NO-1", "/scope?item=RX-2291&as_of=9999", "/scope?item=RX-2291&as_of=x", "/loads/jobs/NO-1",
    "/why?item=RX-2291&from=RX-2291", "/why?item=RX-2291", "/scope?equipment=EXT-01&tab=unsure", "/scope?equipment=NO-1",
    "/scope?equipment=EXT", "/scope?place=NO-1", "/scope?operator=NO-1", "/scope?supplier=NO-1", "/scope?document=NO-1",
    "/scope?material=NO-1", "/scope?document=SOP-0117&version=9", "/scope?step=NO-1", "/scope?step=EXT-0000001&from=2026-05-01",
    "/scope?parameter=melt+temperature", "/scope?parameter=NO-1&outside=true", "/scope?parameter=melt+temperature&low=x",
    "/scope?parameter=melt+temperature&low=9&high=1", "/scope?parameter=melt+temperature&low=9&outside=true", "/scope?low=1",
    "/scope?parameter=melt+temperature&low=9&unit=x1", "/scope?parameter=melt+temperature&outside=true&unit=CEL", "/scope?unit=x1",
    "/scope?equipment=EXT-01&from=x", "/scope?equipment=EXT-01&from=2026-05-02&to=2026-05-01", "/scope?version=1",
    "/scope?calibration_lapse=true", "/scope?calibration_lapse=x", "/scope?low=1&low=2",
    "/scope?equipment=SILO+3&calibration_lapse=1",
    "/scope?parameter=melt+temperature&low=170", "/scope/places?equipment=EXT-01", "/scope/balance?equipment=EXT-01",
    "/scope/beside?equipment=EXT-01",
    "/compare?equipment=EXT-01&boundary=lot", "/graph?item=RX-2291&equipment=EXT-01", "/flow",
    "/scope.json?step=EXT-0000001&tab=bounds",
)  # fmt: skip


@pytest.fixture(scope="module")
def plants(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("chinese")
    write_sample(folder / "demo", seed=1, units=400)
    return folder / "demo", write(folder / "gaps", GAPS)


@pytest.fixture(scope="module", params=[0, 1], ids=["demo", "gaps"])
def address(
    request: pytest.FixtureRequest, plants: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("chinese-home") / "home"
    assert run_here(home, "load", plants[request.param]).code in (0, 3)
    new_person(home, "ada", PASSWORD, "administrator", "manager", "auditor", "operations")
    new_person(home, "vic", PASSWORD, "viewer")
    with served(home) as found:
        yield found


def test_every_page_is_chinese(browser: Browser, address: Served, plants: tuple[Path, Path]) -> None:
    with silent(browser, address, refusals=("300", "401", "403", "404", "409", "413", "422")) as page:
        walk = Walk(page, recorded(*plants))
        page.goto("/?lang=zh")
        walk.everywhere(*PAGES)
        demo = page.goto("/items/RM-1").status == 404  # type: ignore[union-attr]
        walk.everywhere(*(REFUSED if demo else OF_GAPS))
        assert walk.found == {}, "\n".join(f"{where}: {text}" for text, where in walk.found.items())
