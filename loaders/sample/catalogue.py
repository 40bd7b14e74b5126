"""What the sample plant makes and buys: its materials, products, and the procedures that it follows."""

from __future__ import annotations

from dataclasses import dataclass

from loaders.sample.codes import gtin


@dataclass(frozen=True, slots=True)
class Material:
    """A material of the plant.

    Attributes:
        material_id: our number of it.
        name: its name.
        stage: supplied, intermediate or finished.
        unit: the unit in which lots of it are recorded.
        per: how many of the smallest parts that the plant weighs or counts make one unit (a power of ten).
        suppliers: who may supply it.
        code: what lot codes of it begin with.
        tolerance: allowed difference of its mass balance, in percent.
    """

    material_id: str
    name: str
    stage: str
    unit: str
    per: int = 1
    suppliers: tuple[str, ...] = ()
    code: str = ""
    tolerance: str = ""

    def text(self, amount: int) -> str:
        """Decimal text of an amount counted in the smallest parts."""
        if self.per == 1:
            return str(amount)
        whole, part = divmod(amount, self.per)
        places = len(str(self.per)) - 1
        return f"{whole}.{part:0{places}d}".rstrip("0").rstrip(".")


def _supplied(material_id: str, name: str, unit: str, per: int, suppliers: tuple[str, ...]) -> Material:
    return Material(material_id, name, "supplied", unit, per, suppliers, tolerance="2")


PVC = _supplied("0100010", "PVC compound, medical grade, DEHP-free", "KGM", 1_000, ("SUP-NORDPOLY", "SUP-BAYKEM"))
PP = _supplied("0100020", "Polypropylene, medical grade", "KGM", 1_000, ("SUP-BAYKEM", "SUP-LOIRE PLAST"))
COLOURANT = _supplied("0100110", "Masterbatch, blue 7731", "KGM", 1_000, ("SUP-FARBWERK",))
BOUGHT_TUBING = _supplied("0100200", "Tubing 3.0 x 4.1 mm, bought in", "MTR", 1_000, ("SUP-LOIRE PLAST", "SUP-KANSAI"))
ADHESIVE = _supplied("0100300", "Adhesive, UV curing", "KGM", 1_000_000, ("SUP-HAFTWERK", "SUP-BONDLINE"))
NEEDLE = _supplied("0100400", "Needle 21G x 38 mm", "H87", 1, ("SUP-KANSAI", "SUP-SHARPS/2"))
FILM = _supplied("0100500", "Pouch film PET/PE", "MTK", 10_000, ("SUP-FOLIA", "SUP-LOIRE PLAST"))
TYVEK = _supplied("0100510", "Tyvek lid, cut", "H87", 1, ("SUP-FOLIA",))
LABEL = _supplied("0100600", "Label, blank", "H87", 1, ("SUP-ETIKETT",))
TRAY = _supplied("0100700", "Kit tray", "H87", 1, ("SUP-FOLIA",))
SUPPLIED = (PVC, PP, COLOURANT, BOUGHT_TUBING, ADHESIVE, NEEDLE, FILM, TYVEK, LABEL, TRAY)

TUBING = Material("0200010", "Tubing 3.0 x 4.1 mm, extruded", "intermediate", "MTR", 1_000, code="T", tolerance="3")
CONNECTOR = Material("0200020", "Luer connector, moulded", "intermediate", "H87", code="C", tolerance="3")
REGRIND = Material("0200030", "Regrind, polypropylene", "intermediate", "KGM", 1_000, code="RG")
PRINTED_LABEL = Material("0200040", "Label, printed", "intermediate", "H87", code="PL", tolerance="5")
KIT = Material("0300900", "Infusion procedure kit", "finished", "H87", code="KIT", tolerance="1")


@dataclass(frozen=True, slots=True)
class Product:
    """A product line: one finished device, and what the record of its assembly proves.

    Attributes:
        letter: what its serial numbers begin with.
        name: its name.
        by_unit: each serial's own parts are scanned when it is assembled; else only the lots are recorded.
        scans_connector: the connector is among the scanned parts.
        assembled: the assembled, not yet sterile intermediate.
        sterile: the sterile intermediate.
        finished: the labelled, packed device.
        gtin: its GTIN.
    """

    letter: str
    name: str
    by_unit: bool
    scans_connector: bool
    assembled: Material
    sterile: Material
    finished: Material
    gtin: str


def _product(number: int, letter: str, name: str, *, by_unit: bool = False, scans_connector: bool = False) -> Product:
    return Product(
        letter,
        name,
        by_unit,
        scans_connector,
        Material(f"02101{number:02d}", f"{name}, assembled", "intermediate", "H87", code="L-", tolerance="2"),
        Material(f"02201{number:02d}", f"{name}, sterile", "intermediate", "H87", code="L-", tolerance="2"),
        Material(f"03001{number:02d}", name, "finished", "H87", code=letter, tolerance="0.5"),
        gtin(30_100 + number),
    )


BY_LOT = (
    _product(1, "A", "Infusion set 150 cm"),
    _product(2, "B", "Infusion set 250 cm, vented"),
    _product(3, "C", "Extension line 100 cm"),
    _product(4, "D", "Enteral feeding set"),
)
BY_UNIT = (
    _product(5, "E", "Winged needle set 21G", by_unit=True),
    _product(6, "F", "Port access set 21G", by_unit=True, scans_connector=True),
)
PRODUCTS = BY_LOT + BY_UNIT
MATERIALS = (
    *SUPPLIED,
    *(TUBING, CONNECTOR, REGRIND, PRINTED_LABEL, KIT),
    *(material for product in PRODUCTS for material in (product.assembled, product.sterile, product.finished)),
)

ERP_MATERIALS = {material.material_id: f"{int(material.material_id):018d}" for material in (PVC, NEEDLE, FILM, KIT)}
"""Materials that the ERP system calls by another code: ours with zeros in front to 18 digits."""

ERP_PIECE = "STK"
"""The ERP system's unit for a piece (H87)."""

CONVERSIONS = (
    (ADHESIVE.material_id, "LTR", "KGM", "1.08"),
    (NEEDLE.material_id, "XBX", "H87", "100"),
    (TUBING.material_id, "MTR", "KGM", "0.012"),
    (BOUGHT_TUBING.material_id, "MTR", "KGM", "0.012"),
    (CONNECTOR.material_id, "H87", "KGM", "0.003"),
    (KIT.material_id, "XBX", "H87", "4"),
    *((product.finished.material_id, "XBX", "H87", "20") for product in PRODUCTS),
)

DOCUMENTS = {
    "SOP-0117": ("Extrusion of tubing", "sop"),
    "SOP-0122": ("Injection moulding of connectors", "sop"),
    "SOP-0123": ("Use of regrind", "sop"),
    "SOP-0140": ("Label issue and printing", "sop"),
    "SOP 0150/A": ("Assembly and pouching", "sop"),
    "SPEC-0201": ("Ethylene oxide sterilisation by contract", "specification"),
    "SOP-0160": ("Final packing and serialisation", "sop"),
    "SOP-0165": ("Final assembly with scanned parts", "sop"),
    "SOP-0170": ("Returned goods and relabelling", "sop"),
    "RCP-KIT": ("Kit recipe", "recipe"),
} | {f"RCP-{product.letter}": (f"Recipe {product.name}", "recipe") for product in PRODUCTS}

VERSIONS = (("1.0", -300), ("2.0", 140), ("2.1", 330))
"""Versions of every document, each in force from this day of the plant's calendar until the next one is."""


def version_at(day: int) -> str:
    """The version of a document that is in force on this day."""
    return next(version for version, since in reversed(VERSIONS) if since <= day)
