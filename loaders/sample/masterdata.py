"""Who and what is there before the first lot: parties, places, equipment, documents, and other systems' codes.

People, streets and numbers are made up: mail addresses lie in domains kept for examples, telephone numbers in ranges
kept for fiction, GS1 numbers in the range kept for demonstrations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loaders.sample import catalogue, clock
from loaders.sample.codes import gln

if TYPE_CHECKING:
    from loaders.sample.tables import TableFiles
    from loaders.sample.truth import Truth

OPERATORS = ("Erika Mustermann", "Max Beispiel", "Jane Roe", "Operator Test-007", "Juan Perez Ejemplo", "A. N. Other")
RELEASERS = ("Dr. Q. Sample", "Q. A. Specimen")
STERILISER = "SUB-STERIGAS"
OWN_PLANT = "OWN-PLANT"
OWN_WAREHOUSE = "OWN-DC US"
SITES = {clock.BERLIN: "W1", clock.COSTA_RICA: "CR 2"}

_SUPPLIERS = (
    ("SUP-NORDPOLY", "Nordpoly Beispiel GmbH", "DE"),
    ("SUP-BAYKEM", "Baykem Example AG", "DE"),
    ("SUP-LOIRE PLAST", "Loire Plast Exemple SA", "FR"),
    ("SUP-FARBWERK", "Farbwerk Muster GmbH", "DE"),
    ("SUP-KANSAI", "Kansai Rei Medical Co.", "JP"),
    ("SUP-HAFTWERK", "Haftwerk Muster GmbH", "DE"),
    ("SUP-BONDLINE", "Bondline Specimen Inc.", "US"),
    ("SUP-SHARPS/2", "Sharps & Sample Ltd.", "GB"),
    ("SUP-FOLIA", "Folia Exemplar B.V.", "NL"),
    ("SUP-ETIKETT", "Etikett Beispiel KG", "DE"),
)
_COUNTRIES = ("US", "DE", "FR", "CN", "JP", "GB", "BR", "AU")
_PHONES = {
    "US": "+1 202 555 01{:02d}",
    "DE": "+49 30 23125 0{:02d}",
    "FR": "+33 1 99 00 10 {:02d}",
    "GB": "+44 20 7946 09{:02d}",
    "AU": "+61 2 5550 00{:02d}",
}
_SORTS = ("Hospital", "Clinic", "University Hospital", "Medical Distribution", "Health Logistics")
_EQUIPMENT = (
    ("EXT-01", "Extruder 1", "extruder", "W1", 700, "fifo", "4.5", "KGM"),
    ("EXT-02", "Extruder 2", "extruder", "CR 2", 650, "fifo", "4.5", "KGM"),
    ("SILO 3", "Resin silo with dryer", "silo", "W1", 800, "full", "40", "KGM"),
    ("IM-11", "Injection moulding machine 11", "moulding machine", "W1", 720, "none", "", ""),
    ("IM-12", "Injection moulding machine 12", "moulding machine", "CR 2", 690, "none", "", ""),
    ("ASM-1", "Assembly line 1", "assembly line", "W1", 640, "", "", ""),
    ("ASM-2", "Assembly line 2", "assembly line", "CR 2", 640, "", "", ""),
    ("STG/07", "Sterilisation chamber 7", "steriliser", "STERIGAS", 600, "none", "", ""),
    ("PCK-01", "Packing line 1", "packing line", "W1", 610, "", "", ""),
    ("PCK-02", "Packing line 2", "packing line", "CR 2", 200, "", "", ""),
)
CALIBRATION_EXPIRED = "PCK-02"


@dataclass(frozen=True, slots=True)
class Customer:
    """Someone outside the firm who is shipped finished goods.

    Attributes:
        code: what documents call it: our number, or for some the ERP system's.
    """

    party_id: str
    country: str
    code: str


def customers(units: int) -> list[Customer]:
    """The plant's customers: two dozen, and more the more it makes."""
    found = []
    for number in range(24 + min(2_000, units // 5_000)):
        party = f"{4_711 + number * 37:07d}" if number % 3 else f"CUST {4_711 + number * 37}"
        country = _COUNTRIES[number % len(_COUNTRIES)]
        found.append(Customer(party, country, f"{1_000_200 + number:010d}" if number % 4 == 1 else party))
    return found


def write_master_data(tables: TableFiles, truth: Truth, units: int) -> dict[str, str]:
    """Write everything that is there before the first lot; returns the country of every party."""
    for material in catalogue.MATERIALS:
        product = next((product for product in catalogue.PRODUCTS if product.finished is material), None)
        code = product.gtin if product else ""
        tables.row(
            "materials", material_id=material.material_id, name=material.name, stage=material.stage,
            base_unit=material.unit, gtin=code, udi_di=code, tolerance_percent=material.tolerance,
        )  # fmt: skip
    countries = _parties(tables, units)
    _equipment_and_documents(tables)
    for material_id, erp in catalogue.ERP_MATERIALS.items():
        tables.row("aliases", system="erp", kind="material", code=erp, means=material_id)
    tables.row("aliases", system="erp", kind="unit_of_measure", code=catalogue.ERP_PIECE, means="H87")
    tables.row("aliases", system="SUP-NORDPOLY", kind="material", code="NP-MED 40/B", means="0100010")
    tables.row("aliases", system="mes", kind="equipment", code="LINE_EXTR_1", means="EXT-01")
    tables.row("aliases", system="wms", kind="place", code="WH1-FG", means="FG W1")
    for material_id, source, target, factor in catalogue.CONVERSIONS:
        tables.row("conversions", material_id=material_id, from_unit=source, to_unit=target, factor=factor)
    since = clock.stamp(200 * clock.DAY)
    truth.phenomena["calibration_expired"] = {"equipment_id": CALIBRATION_EXPIRED, "calibrated_until": since}
    return countries


def _parties(tables: TableFiles, units: int) -> dict[str, str]:
    countries: dict[str, str] = {}

    def party(party_id: str, name: str, role: str, country: str, mail: str = "") -> None:
        number = len(countries)
        countries[party_id] = country
        tables.row(
            "parties", party_id=party_id, name=name, role=role, gln=gln(100 + number), country=country,
            address=f"{1 + number % 90} Example Street, Sampletown", email=mail,
            phone=_PHONES.get(country, "+1 202 555 01{:02d}").format(number % 100),
        )  # fmt: skip

    party(OWN_PLANT, "Sample Devices Plant W1", "own", "DE", "quality@devices.example.com")
    party("OWN-CR", "Sample Devices Plant CR 2", "own", "CR", "quality.cr@devices.example.com")
    party(OWN_WAREHOUSE, "Sample Devices Distribution US", "own", "US", "dc@devices.example.com")
    party(STERILISER, "Sterigas Muster GmbH", "subcontractor", "DE", "loads@sterigas.example.org")
    party("CAR-TRANSIT", "Transit Example Freight", "carrier", "NL", "desk@transit.example.org")
    for number, (party_id, name, country) in enumerate(_SUPPLIERS):
        role = "supplier|customer" if party_id == "SUP-BAYKEM" else "supplier"
        party(party_id, name, role, country, f"vigilance@supplier{number}.example.org")
    for number, customer in enumerate(customers(units)):
        name = f"{_SORTS[number % len(_SORTS)]} Example {customer.country} {number + 1}"
        party(customer.party_id, name, "customer", customer.country, f"recall.contact@customer{number}.example.org")
        if customer.code != customer.party_id:
            tables.row("aliases", system="erp", kind="party", code=customer.code, means=customer.party_id)
    for number, (place, name, kind, owner) in enumerate(
        (
            ("RM W1", "Goods in, W1", "warehouse", OWN_PLANT),
            ("FG W1", "Finished goods, W1", "warehouse", OWN_PLANT),
            ("RM CR 2", "Goods in, CR 2", "warehouse", "OWN-CR"),
            ("FG CR 2", "Finished goods, CR 2", "warehouse", "OWN-CR"),
            ("CLEAN/7", "Clean room 7", "clean room", OWN_PLANT),
            ("DC-US", "Distribution centre", "warehouse", OWN_WAREHOUSE),
            ("STG-DOCK", "Steriliser, dock", "subcontractor", STERILISER),
        )
    ):
        tables.row(
            "places", place_id=place, name=name, kind=kind, party_id=owner, gln=gln(10 + number),
            country=countries[owner],
        )  # fmt: skip
    return countries


def _equipment_and_documents(tables: TableFiles) -> None:
    for equipment, name, kind, site, day, mixing, heel, unit in _EQUIPMENT:
        tables.row(
            "equipment", equipment_id=equipment, name=name, kind=kind, site=site, mixing=mixing,
            calibrated_until=clock.stamp(day * clock.DAY), heel_quantity=heel, heel_unit=unit,
        )  # fmt: skip
    for document, (title, kind) in catalogue.DOCUMENTS.items():
        for number, (version, since) in enumerate(catalogue.VERSIONS):
            later = catalogue.VERSIONS[number + 1 :]
            tables.row(
                "documents", document_id=document, version=version, title=title, kind=kind,
                effective_from=clock.stamp(since * clock.DAY),
                effective_to=clock.stamp(later[0][1] * clock.DAY) if later else "",
            )  # fmt: skip
