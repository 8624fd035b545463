"""Files that are made to harm whoever opens them, one of each kind, for every door by which files come in."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable

from tests.adapters.einvoice_samples import MINIMUM, gigabyte_of_zeros, raw_pdf, stream

PAGES = {
    1: b"<</Type/Catalog/Pages 2 0 R%s>>",
    2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
}
SECRET = "/etc/hostname"


def sheet(catalog: bytes = b"", contents: bytes | None = None, more: dict[int, bytes] | None = None) -> bytes:
    """A PDF of one page, with this in its catalog and this on its page: nothing else is wrong with it."""
    return raw_pdf(
        {
            1: PAGES[1] % catalog,
            2: PAGES[2],
            3: PAGES[3],
            4: contents or stream(b"", b"0 0 m 9 9 l S"),
            **(more or {}),
        }
    )


def script() -> bytes:
    """A PDF that runs a script when it is opened."""
    return sheet(b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>")


def launch() -> bytes:
    """A PDF that starts a program when it is closed."""
    return sheet(b"/AA<</WC<</S/Launch/F(calc.exe)>>>>")


def executable() -> bytes:
    """A PDF that carries a program."""
    return sheet(
        b"/Names<</EmbeddedFiles<</Names[(rib.exe) 5 0 R]>>>>",
        more={5: b"<</Type/Filespec/F(rib.exe)/EF<</F 6 0 R>>>>", 6: stream(b"", b"MZ\x90")},
    )


def inflating() -> bytes:
    """A PDF whose page inflates to a gigabyte."""
    return sheet(contents=stream(b"/Filter/FlateDecode", gigabyte_of_zeros()))


def laughs() -> bytes:
    """An invoice of three thousand million laughs."""
    entities = b'<!ENTITY l0 "ha">' + b"".join(
        b'<!ENTITY l%d "%s">' % (rank, b"&l%d;" % (rank - 1) * 10) for rank in range(1, 10)
    )
    return _declared(b"<!DOCTYPE x [" + entities + b"]>", b"&l9;")


def external() -> bytes:
    """An invoice that asks for a file of the server."""
    return _declared(b'<!DOCTYPE x [<!ENTITY f SYSTEM "file://%s">]>' % SECRET.encode(), b"&f;")


def _declared(doctype: bytes, reference: bytes) -> bytes:
    head, mark, tail = MINIMUM.partition(b"<rsm:ExchangedDocument>")
    start = head.index(b"<rsm:CrossIndustryInvoice")
    return head[:start] + doctype + head[start:] + mark + b"<ram:Name>" + reference + b"</ram:Name>" + tail


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files:
            opened.writestr(name, data)
    return out.getvalue()


def inflating_archive() -> bytes:
    """A ZIP of a megabyte whose one file has a gigabyte; its checksum is wrong, but only its end would tell."""
    name, content = b"facture.xml", gigabyte_of_zeros()[2:]  # without the two bytes by which zlib begins
    common = struct.pack("<5H3L2H", 20, 0, 8, 0, 0x21, 0, len(content), 1 << 30, len(name), 0)
    local = b"PK\x03\x04" + common + name
    listed = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<3H2L", 0, 0, 0, 0, 0) + name
    end = struct.pack("<4H2LH", 0, 0, 1, 1, len(listed), len(local) + len(content), 0)
    return local + content + listed + b"PK\x05\x06" + end


HOSTILE = {
    "script.pdf": script,
    "launch.pdf": launch,
    "executable.pdf": executable,
    "inflating.pdf": inflating,
    "laughs.xml": laughs,
    "external.xml": external,
}
