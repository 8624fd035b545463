"""What a joined document is, told by its content; what acts on who opens it, or cannot be shown, is refused."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable

import pikepdf
import pytest
from PIL import Image

from bonus.adapters.document_kind import check_document
from bonus.adapters.einvoice.sandbox import ReaderError
from bonus.adapters.media_types import media_type
from bonus.adapters.paper import PAGES
from bonus.errors import InvalidInput
from tests.adapters.einvoice_samples import deflated_zeros, stream
from tests.support import hostile
from tests.support.papers import PLAIN, photo


def picture(kind: str, size: tuple[int, int] = (4, 4)) -> bytes:
    """A real picture, as Pillow writes it."""
    buffer = io.BytesIO()
    Image.new("L", size, "white").save(buffer, kind)
    return buffer.getvalue()


def refused(data: bytes, most_bytes: int = 10_000_000) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        check_document(data, most_bytes)
    return caught.value.code, caught.value.sentence


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PLAIN, "application/pdf"),
        (b"\xef\xbb\xbf" + PLAIN, "application/pdf"),  # a byte order mark, or a mail gateway's line
        (photo(), "image/jpeg"),
        (photo(kind="PNG"), "image/png"),
    ],
)
def test_real_files(data: bytes, expected: str) -> None:
    assert media_type(data) == check_document(data) == expected
    assert check_document(data + b"\n" * 100) == expected  # a scanner's tail


@pytest.mark.parametrize(
    "data",
    [
        b"a" * 1_020 + b"%PDF-1.7",
        b"GIF89a",
        b"MZ\x90",
        b"PK\x03\x04",
        b"\x89PNG",
        b"\xff\xd8",
        b"<html>",
        b" ",
    ],
)
def test_anything_else(data: bytes) -> None:
    assert media_type(data) is None
    assert refused(data)[0] == "document.kind"


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP", "TIFF"])
def test_other_pictures_are_not_taken(kind: str) -> None:
    assert refused(picture(kind))[0] == "document.kind"


def test_its_size() -> None:
    assert refused(b"")[0] == "document.empty"
    assert check_document(PLAIN, len(PLAIN)) == "application/pdf"
    code, sentence = refused(PLAIN + bytes(5_000_000), 5_000_000)
    assert (code, "dépasse 5\u00a0Mo" in sentence) == ("document.too_large", True)


def protected() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(PLAIN)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (hostile.script, "document.active"),
        (hostile.launch, "document.active"),
        (hostile.executable, "document.annex"),
        (hostile.inflating, "document.bomb"),
        (protected, "document.encrypted"),
        (lambda: PLAIN[: len(PLAIN) // 2], "document.damaged"),
        (lambda: b"%PDF-1.7\n%%EOF", "document.damaged"),
        (lambda: photo()[:200], "document.damaged"),
        (lambda: picture("PNG", (10_000, 6_000)), "document.pixels"),
    ],
)
def test_what_is_not_taken(make: Callable[[], bytes], code: str) -> None:
    found, sentence = refused(make())
    assert found == code
    assert sentence.endswith(".")
    assert " :" not in sentence  # a no-break space stands there
    assert check_document(PLAIN) == "application/pdf"  # whatever came before


def test_the_annex_is_named() -> None:
    assert "rib.exe" in refused(hostile.executable())[1]


@pytest.mark.parametrize("layers", [2, 3])
def test_a_bomb_in_a_bomb(layers: int) -> None:
    content = bytes(130_000_000)
    for _ in range(layers):
        content = zlib.compress(content, 1 if len(content) > 1_000_000 else 9)
    entries = b"/Filter[" + b"/FlateDecode" * layers + b"]"
    assert refused(hostile.sheet(contents=stream(entries, content)))[0] == "document.bomb"


def test_many_streams_that_are_a_bomb_together() -> None:
    page = deflated_zeros(100)
    more = {rank: stream(b"/Filter/FlateDecode", page) for rank in range(5, 9)}
    assert refused(hostile.sheet(more=more))[0] == "document.bomb"
    assert check_document(hostile.sheet(more={5: more[5]})) == "application/pdf"


@pytest.mark.parametrize(("late", "code"), [(True, "document.too_slow"), (False, "document.damaged")])
def test_a_process_that_ends_or_lasts(monkeypatch: pytest.MonkeyPatch, late: bool, code: str) -> None:
    def ask(kind: bytes, data: bytes) -> dict[str, object]:
        raise ReaderError(late=late)

    monkeypatch.setattr(PAGES, "ask", ask)
    assert refused(PLAIN)[0] == code
