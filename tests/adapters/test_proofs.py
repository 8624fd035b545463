"""What a proof is, told by its content."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bonus.adapters.proofs import proof_kind


def picture(kind: str) -> bytes:
    """A real picture, as Pillow writes it."""
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), "white").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "media_type"), [("PDF", "application/pdf"), ("PNG", "image/png"), ("JPEG", "image/jpeg")]
)
def test_real_files_are_known(kind: str, media_type: str) -> None:
    whole = picture(kind)
    assert proof_kind(whole) == media_type
    assert proof_kind(whole + b"\n" * 100) == media_type  # a scanner's tail
    assert proof_kind(whole[: len(whole) // 2]) is None
    assert proof_kind(b" " + whole) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-",
        b"<html>%PDF-1.7 %%EOF",
        b"GIF89a",
        b"MZ\x90",
        b"PK\x03\x04",
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"a" * 5000,
    ],
)
def test_anything_else_is_not(content: bytes) -> None:
    assert proof_kind(content) is None


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP", "TIFF"])
def test_other_pictures_are_not_taken(kind: str) -> None:
    assert proof_kind(picture(kind)) is None
