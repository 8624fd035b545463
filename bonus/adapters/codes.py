"""Two-dimensional codes: drawn as a matrix of modules, and read from a photo.

What is scanned comes from anyone: the size of the file and of the picture is bounded before a
single pixel is decoded.
"""

from __future__ import annotations

import io
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import zxingcpp
from PIL import Image, ImageOps

from bonus.errors import InvalidInput

Matrix = tuple[tuple[bool, ...], ...]
"""Rows of modules, True for dark, without the quiet zone."""

QUIET_ZONE = 4
"""Light modules to leave on each side of a QR code (ISO/IEC 18004)."""
MAXIMUM_BYTES = 12 * 1024 * 1024
MAXIMUM_PIXELS = 50_000_000
_WORKING_SIDE = 3_000
"""Longest side, in pixels, of the picture that is searched: what a page needs at 250 dpi."""
_FORMATS = ("JPEG", "PNG", "WEBP")


def qr_matrix(text: str) -> Matrix:
    """The QR code of an ASCII ``text``, at level M (15 % of it may be lost): fewer, larger modules.

    Raises ValueError on other characters: readers guess how they were written, each its own way.
    """
    if not text.isascii() or not text:
        raise ValueError("a code holds ASCII text")
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.asarray(code.to_image(scale=1, add_quiet_zones=False))
    return tuple(tuple(bool(value < 128) for value in row) for row in modules)


def verification_url(public_url: str, number: str, key: str) -> str:
    """The public page that checks one certificate, which its code opens."""
    return f"{public_url.rstrip('/')}/verifier?{urlencode({'numero': number, 'cle': key})}"


def parse_verification_url(text: str, public_url: str) -> tuple[str, str] | None:
    """The (number, key) of a scanned address of this service, or None for any other text.

    A code that leads to another site is not ours, however alike it looks.
    """
    try:
        ours, read = urlsplit(public_url.rstrip("/")), urlsplit(text)
        query = parse_qs(read.query, max_num_fields=8)
    except ValueError:
        return None
    if (read.scheme, read.netloc, read.path) != (ours.scheme, ours.netloc, f"{ours.path}/verifier"):
        return None
    number, key = query.get("numero", []), query.get("cle", [])
    if len(number) != 1 or len(key) != 1:
        return None
    return number[0], key[0]


def read_codes(image: bytes) -> list[str]:
    """The texts of the QR and Data Matrix codes seen in a photo, in the order they are found.

    Raises InvalidInput (``code.too_large``, ``code.not_an_image``, ``code.not_found``) with a
    sentence that says what to do.
    """
    if len(image) > MAXIMUM_BYTES:
        raise InvalidInput(
            "code.too_large",
            f"Cette image est trop lourde. Envoyez une photo de moins de "
            f"{MAXIMUM_BYTES // 1024 // 1024}\u00a0Mo.",
            field="photo",
        )
    picture = _open(image)
    # Made here: kept in the module, zxing's object makes it complain of a leak when the process ends.
    readable = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix])
    found = zxingcpp.read_barcodes(picture, formats=readable)
    texts = [_text(code) for code in found if code.valid and code.text]
    if not texts:
        raise InvalidInput(
            "code.not_found",
            "Aucun code n’est lisible sur cette image. Photographiez le code de près, bien à plat, ou "
            "saisissez le numéro et la clé.",
            field="photo",
        )
    return texts


def _text(code: zxingcpp.Barcode) -> str:
    """Its text; of a 2D-Doc its bytes, whose separators the text would spell out."""
    raw = bytes(code.bytes)
    return raw.decode("ascii") if raw.startswith(b"DC") and raw.isascii() else str(code.text)


def _open(image: bytes) -> Image.Image:
    """Decode a picture to greys, within bounds and the right way up."""
    try:
        picture = Image.open(io.BytesIO(image), formats=_FORMATS)
        width, height = picture.size
        if width * height > MAXIMUM_PIXELS:
            raise Image.DecompressionBombError
        # A JPEG is decoded smaller at once, which spares the memory of a full-size photo.
        picture.draft("L", (_WORKING_SIDE, _WORKING_SIDE))
        upright = ImageOps.exif_transpose(picture).convert("L")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidInput(
            "code.too_large",
            "Cette image est trop grande. Envoyez une photo de moins de "
            f"{MAXIMUM_PIXELS // 1_000_000}\u00a0millions de pixels.",
            field="photo",
        ) from None
    except (OSError, SyntaxError, ValueError, TypeError, OverflowError, EOFError):
        # Pillow's decoders raise any of these on a damaged or forged file.
        raise InvalidInput(
            "code.not_an_image",
            "Ce fichier n’est pas une photo lisible. Envoyez une image JPEG, PNG ou WebP.",
            field="photo",
        ) from None
    upright.thumbnail((_WORKING_SIDE, _WORKING_SIDE))
    return upright
