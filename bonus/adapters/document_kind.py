"""What kind of document a file is, by its content: a PDF or an image that a person can look at."""

from __future__ import annotations

import warnings
from io import BytesIO

from PIL import Image

from bonus.errors import InvalidInput
from bonus.money import NBSP

MAX_BYTES = 10_000_000
MAX_PIXELS = 50_000_000
"""Past this a picture is made to exhaust who opens it, not to be looked at: A4 in 600 dpi has 35 million."""
_PDF_WITHIN = 1024
_IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg"}


def check_document(data: bytes) -> str:
    """The media type of a joined file: PDF, PNG or JPEG, whatever its name says.

    Raises InvalidInput, with a French sentence, for anything else, an empty file, or one that is too large.
    """
    if not data:
        raise InvalidInput("document.empty", "Ce fichier est vide : vérifiez-le, puis envoyez-le de nouveau.")
    if len(data) > MAX_BYTES:
        raise InvalidInput(
            "document.too_large",
            f"Ce fichier dépasse {MAX_BYTES // 1_000_000}{NBSP}Mo : réduisez-le ou coupez-le en plusieurs fichiers.",
        )
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return "application/pdf"
    return _image_type(data)


def _image_type(data: bytes) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=tuple(_IMAGES)) as image:
                width, height = image.size
                image.verify()
                kind = image.format
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as error:
        raise InvalidInput(
            "document.kind", "Ce fichier n’est ni un PDF, ni une image PNG ou JPEG lisible : convertissez-le."
        ) from error
    if width * height > MAX_PIXELS:
        raise InvalidInput(
            "document.pixels",
            "Cette image est trop grande pour être lue : réduisez-la, puis envoyez-la de nouveau.",
        )
    return _IMAGES[str(kind)]
