"""Plain PDFs and images: counted and drawn in another process, whatever they hold."""

from __future__ import annotations

import io
import time

import pytest
from PIL import Image, ImageChops

from bonus.adapters.einvoice import InvoiceUnreadable
from bonus.adapters.einvoice.sandbox import ReaderError
from bonus.adapters.media_types import media_type
from bonus.adapters.paper import MAX_PAGES, PAGES, Paper, draw_page, is_image, read_paper
from tests.adapters.einvoice_samples import factur_x, gigabyte_of_zeros, raw_pdf, stream
from tests.support.papers import photo, plain_pdf

# A page takes a tenth of a second; the bound allows for a machine that is busy elsewhere.
SECONDS = 12.0


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    return image


def refused(data: bytes) -> str:
    with pytest.raises(InvoiceUnreadable) as caught:
        read_paper(data)
    return caught.value.code


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (plain_pdf(3), Paper("application/pdf", 3)),
        (plain_pdf(MAX_PAGES), Paper("application/pdf", MAX_PAGES)),
        (b"\n\n" + plain_pdf(), Paper("application/pdf", 1)),
        (photo(), Paper("image/jpeg", 1)),
        (photo(kind="PNG"), Paper("image/png", 1)),
    ],
    ids=["pdf", "as many pages as may be", "bytes before", "jpeg", "png"],
)
def test_what_can_be_shown(data: bytes, expected: Paper) -> None:
    assert read_paper(data) == expected


@pytest.mark.parametrize("data", [b"", b"<a/>", b"GIF89a" + bytes(90), b"\x89PNG", b"PK\x03\x04"])
def test_other_types_have_no_picture(data: bytes) -> None:
    assert media_type(data) is None
    assert not is_image(data)


def test_each_page_is_drawn_at_a_size_that_is_read() -> None:
    pdf = plain_pdf(2)
    first, second = (opened(draw_page(pdf, number)) for number in (1, 2))
    assert first.size == second.size == (1132, 1600)
    assert first.getextrema() == ((0, 255),) * 3, "black on white"
    assert ImageChops.difference(first, second).getbbox() is not None, "1/2 is not 2/2"


def test_an_image_is_made_smaller_and_upright() -> None:
    sent = Image.open(io.BytesIO(photo(4_000, 2_000)))
    out = io.BytesIO()
    exif = sent.getexif()
    exif[0x0112] = 6  # the telephone was held on its side
    sent.save(out, "JPEG", exif=exif)
    drawn = opened(draw_page(out.getvalue(), 1))
    assert drawn.size == (800, 1_600)
    right, left = drawn.getpixel((700, 800)), drawn.getpixel((100, 800))
    assert isinstance(right, tuple)
    assert isinstance(left, tuple)
    assert right[0] > 200 > left[0], "red came from above to the right"


def test_nothing_is_kept_of_the_file_but_its_picture() -> None:
    drawn = draw_page(factur_x(), 1)
    assert b"%PDF" not in drawn
    assert b"factur-x" not in drawn


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (plain_pdf(MAX_PAGES + 1), "paper.too_many_pages"),
        (b"%PDF-1.7 and nothing more", "paper.unreadable"),
        (
            raw_pdf({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Kids[]/Count 0>>"}),
            "paper.unreadable",
        ),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "paper.unreadable"),
        (photo()[:200], "paper.unreadable"),
        (photo(kind="PNG")[:60], "paper.unreadable"),
        (b"Bonjour", "paper.unreadable"),
        (b"", "invoice.empty"),
        (b"%PDF-" + bytes(10_000_000), "invoice.too_large"),
    ],
    ids=["pages", "nothing", "no page", "noise", "cut jpeg", "cut png", "text", "empty", "heavy"],
)
def test_what_cannot_be_shown_is_said(data: bytes, code: str) -> None:
    assert refused(data) == code


def page_with_image(body: bytes) -> bytes:
    """A PDF of one page that draws one image."""
    return raw_pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
            4: stream(b"", b"595 0 0 842 0 0 cm /I Do"),
            5: body,
        }
    )


def drawn_or_refused(data: bytes) -> str:
    try:
        picture = draw_page(data, 1)
    except InvoiceUnreadable as refusal:
        return refusal.code
    return "drawn" if max(opened(picture).size) <= 1_600 else "too large"


HUGE_IMAGE = (
    b"/Type/XObject/Subtype/Image/Width 30000/Height 30000/ColorSpace/DeviceGray/BitsPerComponent 8"
    b"/Filter/FlateDecode"
)


@pytest.mark.parametrize(
    "make",
    [
        lambda: page_with_image(stream(HUGE_IMAGE, gigabyte_of_zeros())),
        lambda: photo(9_100, 9_100, "PNG"),
        lambda: raw_pdf(
            {
                1: b"<</Type/Catalog/Pages 2 0 R>>",
                2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
                3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99999999 99999999]/Contents 4 0 R>>",
                4: stream(b"/Filter/FlateDecode", gigabyte_of_zeros()),
            }
        ),
    ],
    ids=["an image of a gigabyte", "an image of too many points", "a sheet of a thousand kilometres"],
)
def test_a_bomb_costs_a_bounded_time_and_the_next_file_is_drawn(make: object) -> None:
    assert callable(make)
    data = make()
    started = time.monotonic()
    assert drawn_or_refused(data) in ("drawn", "paper.unreadable", "paper.image_too_large")
    assert time.monotonic() - started < SECONDS
    assert read_paper(plain_pdf()) == Paper("application/pdf", 1)


def test_a_page_too_slow_to_draw_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(kind: bytes, data: bytes) -> dict[str, object]:
        raise ReaderError(late=True)

    monkeypatch.setattr(PAGES, "ask", ask)
    assert refused(plain_pdf()) == "paper.too_slow"
