"""Codes: read back from paper at 150 dpi, and photos from anyone, within bounds."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bonus.adapters import codes
from bonus.adapters.codes import parse_verification_url, qr_matrix, read_codes, verification_url
from bonus.adapters.pdf import certificate_pdf
from bonus.errors import InvalidInput
from tests.adapters.document_samples import KEY, NUMBER, PUBLIC_URL, certificate, page_image

URL = verification_url(PUBLIC_URL, NUMBER, KEY)


def picture(pixels: Image.Image, kind: str = "PNG") -> bytes:
    output = io.BytesIO()
    pixels.save(output, kind)
    return output.getvalue()


def drawn(text: str, scale: int = 4) -> Image.Image:
    modules = np.pad(~np.array(qr_matrix(text)), codes.QUIET_ZONE, constant_values=True)
    return Image.fromarray(np.kron(modules, np.ones((scale, scale), bool)).astype(np.uint8) * 255)


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it is of some size, with one line of data: what a bomb looks like."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def refusal(image: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        read_codes(image)
    assert refused.value.field == "photo"
    return refused.value


@pytest.mark.parametrize("dpi", [100, 150])
def test_the_code_of_a_certificate_is_read_from_its_page(dpi: int, tmp_path: Path) -> None:
    pdf = certificate_pdf(certificate(), public_url=PUBLIC_URL, demo=True)
    (text,) = read_codes(page_image(pdf, tmp_path, dpi))
    assert text == URL
    assert parse_verification_url(text, PUBLIC_URL) == (NUMBER, KEY)


@pytest.mark.parametrize("angle", [0, 7, 90, 180, 270])
def test_a_photo_may_be_turned(angle: int) -> None:
    turned = drawn(URL).convert("RGB").rotate(angle, expand=True, fillcolor="white")
    assert read_codes(picture(turned, "JPEG")) == [URL]


def test_the_camera_says_which_side_is_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    output = io.BytesIO()
    drawn(URL).convert("RGB").save(output, "JPEG", exif=exif)
    assert read_codes(output.getvalue()) == [URL]


def test_a_large_photo_and_other_formats_are_read() -> None:
    assert read_codes(picture(drawn(URL, 120), "JPEG")) == [URL]  # over 5,000 pixels a side
    assert read_codes(picture(drawn(URL), "WEBP")) == [URL]
    assert read_codes(picture(drawn(URL).convert("RGBA"))) == [URL]


def test_a_data_matrix_is_read_too() -> None:
    code = zxingcpp.create_barcode("DC04FR", zxingcpp.BarcodeFormat.DataMatrix)
    pixels = Image.fromarray(np.asarray(code.to_image(scale=6, add_quiet_zones=True)))
    assert read_codes(picture(pixels)) == ["DC04FR"]


def test_other_kinds_of_codes_are_none_of_ours() -> None:
    code = zxingcpp.create_barcode("4006381333931", zxingcpp.BarcodeFormat.EAN13)
    pixels = Image.fromarray(np.asarray(code.to_image(scale=4, add_quiet_zones=True)))
    assert refusal(picture(pixels)).code == "code.not_found"


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=120))
def test_what_is_drawn_is_read(text: str) -> None:
    matrix = qr_matrix(text)
    assert len({len(row) for row in matrix} | {len(matrix)}) == 1
    assert read_codes(picture(drawn(text))) == [text]


@pytest.mark.parametrize("text", ["", "é", "€"])
def test_only_ascii_is_drawn(text: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        qr_matrix(text)


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"not an image",
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0" + bytes(100),
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        png_header(400, 400),
    ],
)
def test_what_is_no_photo_is_said_so(image: bytes) -> None:
    assert refusal(image).code == "code.not_an_image"


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"]))
def test_any_bytes_are_refused_with_a_sentence(tail: bytes, head: bytes) -> None:
    assert refusal(head + tail).code in {"code.not_an_image", "code.not_found"}


def test_a_damaged_photo_is_refused_or_read_never_worse() -> None:
    whole = bytearray(picture(drawn(URL).convert("RGB"), "JPEG"))
    for place in range(0, len(whole), 97):
        damaged = bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            assert all(isinstance(text, str) for text in read_codes(damaged))
        except InvalidInput as refused:
            assert refused.code in {"code.not_an_image", "code.not_found", "code.too_large"}  # noqa: PT017


def test_a_photo_without_code_is_said_so() -> None:
    assert refusal(picture(Image.new("L", (300, 300), 255))).code == "code.not_found"


@pytest.mark.parametrize("side", [7_072, 10_000, 60_000, 2**31 - 1])
def test_a_bomb_is_not_decoded(side: int) -> None:
    assert refusal(png_header(side, side)).code in {"code.too_large", "code.not_an_image"}


def test_the_largest_picture_allowed_is_decoded() -> None:
    assert 7_071**2 <= codes.MAXIMUM_PIXELS < 7_072**2
    assert refusal(png_header(7_072, 7_072)).code == "code.too_large"
    assert refusal(png_header(7_071, 7_071)).code == "code.not_an_image"  # its data is missing


def test_a_heavy_file_is_refused_unread() -> None:
    assert refusal(bytes(codes.MAXIMUM_BYTES + 1)).code == "code.too_large"
    assert refusal(bytes(codes.MAXIMUM_BYTES)).code == "code.not_an_image"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BONJOUR",
        f"https://bonus.example.evil/verifier?numero={NUMBER}&cle={KEY}",
        f"http://bonus.example/verifier?numero={NUMBER}&cle={KEY}",
        f"https://x@bonus.example/verifier?numero={NUMBER}&cle={KEY}",
        f"https://bonus.example/autre?numero={NUMBER}&cle={KEY}",
        f"https://bonus.example/verifier?numero={NUMBER}",
        f"https://bonus.example/verifier?numero={NUMBER}&numero=2&cle={KEY}",
        "https://[bonus/verifier?numero=1&cle=2",
        "https://bonus.example/verifier?" + "&".join("x=1" for _ in range(100)),
    ],
)
def test_another_address_is_not_ours(text: str) -> None:
    assert parse_verification_url(text, PUBLIC_URL) is None


@pytest.mark.parametrize(
    "public_url", [PUBLIC_URL, f"{PUBLIC_URL}/", "http://127.0.0.1:5000", "https://a.example/b/"]
)
def test_our_own_address_is_read_back(public_url: str) -> None:
    text = verification_url(public_url, NUMBER, KEY)
    assert "//verifier" not in text
    assert parse_verification_url(text, public_url) == (NUMBER, KEY)
