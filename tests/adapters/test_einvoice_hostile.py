"""Files made to hurt: each is refused within a bound of time and of memory, and the next is read."""

from __future__ import annotations

import io
import time
import tracemalloc
import zlib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import facturx
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.adapters.einvoice import InvoiceUnreadable, read_invoice, read_invoice_file
from bonus.adapters.einvoice.sentences import SENTENCES

from .einvoice_samples import (
    blank_pdf,
    cii,
    deflated_zeros,
    factur_x,
    gigabyte_of_zeros,
    pdf_with_attachment,
    raw_pdf,
    stream,
    ubl,
)

XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'
FLATE = b"/Filter/FlateDecode"
# A reader takes under a second for all of these; the bound allows for a machine that is busy elsewhere.
SECONDS = 8.0


def laughs() -> bytes:
    entities = b"".join(
        b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10 if level else b"ha")
        for level in range(10)
    )
    return XML + b"<!DOCTYPE l [" + entities + b"]><l>&a9;</l>"


def many_attachments() -> bytes:
    names = b"".join(b"(%d.xml) 3 0 R " % number for number in range(40_000))
    return raw_pdf(
        {
            1: b"<</Type/Catalog/Names<</EmbeddedFiles<</Names[%s]>>>>>>" % names,
            3: b"<</F(a.xml)/EF<</F 4 0 R>>>>",
            4: stream(FLATE, deflated_zeros(1)),
        }
    )


def name_tree_of_two_to_the_40() -> bytes:
    objects = {1: b"<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>>>"}
    objects |= {number: b"<</Kids[%d 0 R %d 0 R]>>" % (number + 1, number + 1) for number in range(2, 42)}
    return raw_pdf(objects | {42: b"<</Names[]>>"})


def bomb_in_cross_references() -> bytes:
    entries = b"/Type/XRef/Size 99999999/W[1 2 1]/Root 1 0 R" + FLATE
    return b"%PDF-1.5\n1 0 obj\n" + stream(entries, deflated_zeros(300)) + b"\nendobj\nstartxref\n9\n%%EOF\n"


def bomb_in_objects() -> bytes:
    """A gigabyte of compressed objects: nothing of the file is known before they are inflated."""
    objects = stream(b"/Type/ObjStm/N 1/First 4" + FLATE, gigabyte_of_zeros())
    table = zlib.compress(b"\0\0\0\0\2\0\2\0\1\0\x09\0")
    entries = b"/Type/XRef/Size 3/W[1 2 1]/Root 1 0 R" + FLATE
    start = len(b"%PDF-1.5\n2 0 obj\n") + len(objects) + len(b"\nendobj\n")
    return (
        b"%PDF-1.5\n2 0 obj\n"
        + objects
        + b"\nendobj\n3 0 obj\n"
        + stream(entries, table)
        + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    )


def active_pdf(catalog: bytes, more: dict[int, bytes] | None = None) -> bytes:
    """A PDF without invoice, with this in its catalog."""
    return raw_pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
            2: b"<</Type/Pages/Kids[]/Count 0>>",
            **(more or {}),
        }
    )


SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
ACTIVE: dict[str, tuple[bytes, dict[int, bytes]]] = {
    "a script that runs on opening": (b"/OpenAction 3 0 R", {3: SCRIPT}),
    "a script in the tree of names": (
        b"/Names<</JavaScript<</Names[(a)3 0 R]>>>>",
        {3: SCRIPT},
    ),
    "a script in a stream, its name in hexadecimal": (
        b"/OpenAction 3 0 R",
        {3: b"<</S/#4aava#53cript/#4aS 4 0 R>>", 4: stream(b"", b"app.alert(1)")},
    ),
    "a script that nothing names": (b"", {3: SCRIPT}),
    "a script after another action": (b"/OpenAction<</S/GoTo/D[2 0 R/Fit]/Next[3 0 R]>>", {3: SCRIPT}),
    "an action on closing that starts a program": (b"/AA<</WC<</S/Launch/F(calc.exe)>>>>", {}),
    "a form that is sent": (b"", {3: b"<</S/SubmitForm/F(https://example.test)>>"}),
    "a form of its own language": (b"/AcroForm<</XFA 3 0 R>>", {3: stream(b"", b"<xdp/>")}),
    "a film": (b"", {3: b"<</Type/Annot/Subtype/RichMedia/RichMediaContent<</Assets<<>>>>>>"}),
}


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "flate bomb of 300 MB": ("invoice.bomb", lambda: pdf_with_attachment(stream(FLATE, deflated_zeros(300)))),
    "a stream that inflates to a gigabyte": (
        "invoice.bomb",
        lambda: pdf_with_attachment(stream(FLATE, gigabyte_of_zeros())),
    ),
    "a gigabyte where the objects are": ("invoice.bomb", bomb_in_objects),
    **{
        f"a PDF with {name}": ("invoice.pdf_active", partial(active_pdf, *parts))
        for name, parts in ACTIVE.items()
    },
    "a program beside the invoice": (
        "invoice.pdf_annex",
        lambda: pdf_with_attachment(stream(b"", b"MZ\x90"), b"facture.pdf.exe"),
    ),
    "bomb just above the limit": (
        "invoice.bomb",
        lambda: pdf_with_attachment(stream(FLATE, zlib.compress(b"<a>" + b" " * 10_000_000 + b"</a>"))),
    ),
    "bomb in a bomb": (
        "invoice.bomb",
        lambda: pdf_with_attachment(
            stream(b"/Filter[/FlateDecode/FlateDecode]", zlib.compress(deflated_zeros(300), 9))
        ),
    ),
    "sixteen filters": (
        "invoice.bomb",
        lambda: pdf_with_attachment(stream(b"/Filter[" + b"/FlateDecode" * 16 + b"]", deflated_zeros(1))),
    ),
    "run lengths": (
        "invoice.bomb",
        lambda: pdf_with_attachment(stream(b"/Filter/RunLengthDecode", b"\x81a" * 1_000_000)),
    ),
    "bomb in the cross references": ("invoice.pdf_damaged", bomb_in_cross_references),
    "forty thousand attachments": ("invoice.bomb", many_attachments),
    "names that double": ("invoice.pdf_damaged", name_tree_of_two_to_the_40),
    "name that is its own child": (
        "invoice.pdf_damaged",
        lambda: raw_pdf(
            {1: b"<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>>>", 2: b"<</Kids[2 0 R 2 0 R]>>"}
        ),
    ),
    "arrays in arrays": (
        "invoice.pdf_damaged",
        lambda: raw_pdf({1: b"<</Type/Catalog/Names " + b"[" * 100_000 + b"]" * 100_000 + b">>"}),
    ),
    "cross references in a loop": (
        "invoice.pdf_damaged",
        lambda: b"%PDF-1.4\nxref\n0 0\ntrailer<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n",
    ),
    "a million cross references": (
        "invoice.bomb",
        lambda: b"%PDF-1.4\nxref\n0 500000\n" + b"0000000000 00000 n \n" * 450_000 + b"startxref\n9\n%%EOF\n",
    ),
    "nine megabytes of blanks": ("invoice.pdf_damaged", lambda: b"%PDF-1.4\n" + b" " * 9_000_000),
    "billion laughs": ("invoice.doctype", laughs),
    "billion laughs in UTF-16": ("invoice.doctype", lambda: laughs()[len(XML) :].decode().encode("utf-16")),
    "billion laughs in a PDF": ("invoice.doctype", lambda: pdf_with_attachment(stream(b"", laughs()))),
    "a file of the server": (
        "invoice.doctype",
        lambda: XML + b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    ),
    "a DOCTYPE hidden in UTF-7": (
        "invoice.xml_encoding",
        lambda: b'<?xml version="1.0" encoding="UTF-7"?>\n+ADwAIQ-DOCTYPE a+AD4-<a/>',
    ),
    "UTF-32": ("invoice.xml_encoding", lambda: "<a/>".encode("utf-32")),
    "UTF-16 that does not say so": ("invoice.xml_encoding", lambda: "<a/>".encode("utf-16-le")),
    "elements in elements": ("invoice.xml_malformed", lambda: XML + b"<a>" * 300_000 + b"</a>" * 300_000),
    "half a million attributes": (
        "invoice.not_an_invoice",
        lambda: XML + b"<a " + b" ".join(b'a%d=""' % number for number in range(500_000)) + b"/>",
    ),
    "a currency that is an XPath": (
        "invoice.currency",
        lambda: ubl().replace(b">EUR<", b">EUR'] | //*[.='<"),
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    read_invoice(cii())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_bounded_time(name: str) -> None:
    code, make = HOSTILE[name]
    data = make()
    started = time.monotonic()
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice(data)
    assert caught.value.code == code
    assert time.monotonic() - started < SECONDS


def test_two_hundred_megabytes_of_zeros_are_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "zeros.pdf"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(InvoiceUnreadable) as caught:
            read_invoice_file(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "invoice.too_large"
    assert "200,0\u00a0Mo" in caught.value.sentence
    assert peak < 1_000_000


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), min_size=1, max_size=30),
    st.floats(0.05, 1.0),
)
def test_a_pdf_damaged_anywhere_is_read_or_refused(
    bytes_changed: list[tuple[float, int]], kept: float
) -> None:
    damaged = bytearray(whole_pdf())
    for where, value in bytes_changed:
        damaged[int(where * len(damaged))] = value
    del damaged[int(kept * len(damaged)) :]
    assert read_or_refused(bytes(damaged))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), min_size=1, max_size=10))
def test_an_xml_damaged_anywhere_is_read_or_refused(bytes_changed: list[tuple[float, int]]) -> None:
    damaged = bytearray(whole_xml())
    for where, value in bytes_changed:
        damaged[int(where * len(damaged))] = value
    assert read_or_refused(bytes(damaged))


@cache
def whole_pdf() -> bytes:
    return factur_x()


@cache
def whole_xml() -> bytes:
    return cii()


def read_or_refused(data: bytes) -> bool:
    """Say that the file was read into an invoice whose sums agree, or refused with a known sentence."""
    try:
        invoice = read_invoice(data)
    except InvoiceUnreadable as refusal:
        return refusal.code in SENTENCES
    return sum(one.net_after_document_cents for one in invoice.lines) == invoice.totals.net


@pytest.mark.parametrize(
    "harmless",
    [
        b"/OpenAction[2 0 R/Fit]",
        b"/OpenAction<</S/GoTo/D[2 0 R/Fit]>>",
        b"/Outlines<</First<</Title(/JavaScript)/A<</S/URI/URI(https://example.test)>>>>>>",
        b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(bon.PDF)/EF<</F 3 0 R>>>>]>>>>",
    ],
    ids=["a page to open at", "the same as an action", "a word in a title", "a PDF as annex"],
)
def test_what_every_pdf_may_hold_is_no_attack(harmless: bytes) -> None:
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice(active_pdf(harmless, {3: stream(b"", b"%PDF-1.4")}))
    assert caught.value.code == "invoice.pdf_without_invoice"


def test_a_script_is_refused_even_beside_a_good_invoice() -> None:
    with pikepdf.open(io.BytesIO(factur_x())) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert b"JavaScript" not in out.getvalue(), "it is in a compressed object"
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice(out.getvalue())
    assert caught.value.code == "invoice.pdf_active"
    assert "refusé par sécurité" in caught.value.sentence


def test_twenty_attachments_are_no_attack() -> None:
    others = {f"annexe-{number}.xml": {"filedata": b"<annexe>%d</annexe>" % number} for number in range(20)}
    pdf = facturx.generate_from_binary(blank_pdf(), cii(), flavor="factur-x", attachments=others)
    assert read_invoice(pdf).number == "F-1"
