"""The State's typeface, Marianne, as TrueType for documents.

The design system's package carries it for the web: WOFF files with PostScript (CFF) outlines, which
ReportLab does not embed. Each face is converted once: Latin and the signs of French typography are
kept, cubic curves become quadratic within a thousandth of an em. It takes 0.2 s a face, so the result
can be kept in a folder (``cache``) that only the service writes to.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import threading
from importlib.resources import files
from pathlib import Path

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError
from reportlab.pdfbase.ttfonts import TTFont as EmbeddedFont
from text_unidecode import unidecode

REGULAR, BOLD, ITALIC = "Marianne", "Marianne-Bold", "Marianne-Italic"
_FACES = {
    REGULAR: "Marianne-Regular.woff",
    BOLD: "Marianne-Bold.woff",
    ITALIC: "Marianne-Regular_Italic.woff",
}
# What Marianne lacks and French needs. The code points stay, so that copied text is the text.
_NO_BREAK_HYPHEN, _HYPHEN = 0x2011, 0x2D
_NARROW_NO_BREAK_SPACE, _NARROW_WIDTH = 0x202F, 0.19
"""Drawn a fifth of an em wide: it groups the digits of an amount."""
_DIGITS = range(0x30, 0x3A)
_TABULAR = ".lt"
"""Suffix of the glyphs of lining, tabular figures: columns of amounts line up."""
_KEPT = ((0x20, 0x24F), (0x1E00, 0x1EFF), (0x2000, 0x22FF))
_CONVERSION = "1"
"""Part of a cached file's name: change it with the conversion."""

_lock = threading.Lock()
_registered: dict[str, EmbeddedFont] = {}


def register(cache: Path | None = None) -> None:
    """Make the three faces known to ReportLab, once a process.

    ``cache`` is a folder, made if absent, where converted faces are kept; a damaged file in it is
    made again. Without one, each process converts for itself.
    """
    with _lock:
        if len(_registered) == len(_FACES):
            return
        for name, file_name in _FACES.items():
            if name not in _registered:
                face = _face(name, file_name, cache)
                pdfmetrics.registerFont(face)
                _registered[name] = face


def printable(text: str) -> str:
    """``text`` as the typeface can draw it: what it lacks (Greek, Cyrillic…) is transliterated.

    Control characters become spaces. ``register`` must have been called.
    """
    known = _registered[REGULAR].face.charToGlyph
    drawn = []
    for character in text:
        if ord(character) in known:
            drawn.append(character)
        elif character.isspace() or not character.isprintable():
            drawn.append(" ")
        else:
            drawn.append(unidecode(character) or "?")
    return "".join(drawn)


def truetype(file_name: str) -> bytes:
    """One face of the design system's package as a TrueType file. The same bytes each time."""
    source = (files("dsfr") / "static/dsfr/dist/fonts" / file_name).read_bytes()
    font = TTFont(io.BytesIO(source), recalcTimestamp=False)
    font.flavor = None
    glyphs = font.getBestCmap()
    # ReportLab applies no typographic feature: what we want is made the default.
    wanted = {code: glyphs[code] + _TABULAR for code in _DIGITS}
    wanted[_NO_BREAK_HYPHEN] = glyphs[_HYPHEN]
    _map(font, wanted)
    _subset(font)
    _quadratic(font)
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def _face(name: str, file_name: str, cache: Path | None) -> EmbeddedFont:
    if cache is None:
        return EmbeddedFont(name, io.BytesIO(truetype(file_name)))
    source = (files("dsfr") / "static/dsfr/dist/fonts" / file_name).read_bytes()
    mark = hashlib.sha256(source).hexdigest()[:16]
    kept = cache / f"{name}-{mark}-{_CONVERSION}.ttf"
    try:
        return EmbeddedFont(name, io.BytesIO(kept.read_bytes()), validate=1)
    except (FileNotFoundError, TTFError):
        converted = truetype(file_name)
        _write(kept, converted)
        return EmbeddedFont(name, io.BytesIO(converted))


def _write(path: Path, content: bytes) -> None:
    """Write at once under the final name: two processes may start together."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).replace(path)


def _map(font: TTFont, glyphs: dict[int, str]) -> None:
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap.update(glyphs)


def _subset(font: TTFont) -> None:
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.drop_tables += ["DSIG", "GDEF", "GPOS", "GSUB"]
    options.recalc_timestamp = False
    subsetter = Subsetter(options)
    subsetter.populate(
        unicodes=[code for code in font.getBestCmap() if any(first <= code <= last for first, last in _KEPT)]
    )
    subsetter.subset(font)


def _quadratic(font: TTFont) -> None:
    """Replace the cubic outlines (``CFF``) by quadratic ones (``glyf``)."""
    order = font.getGlyphOrder()
    outlines = font.getGlyphSet()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, max_err=font["head"].unitsPerEm / 1000, reverse_direction=True))
        glyphs[name] = pen.glyph()
    blank = "narrownobreakspace"
    glyphs[blank] = TTGlyphPen(None).glyph()
    font["hmtx"][blank] = (round(font["head"].unitsPerEm * _NARROW_WIDTH), 0)
    font.setGlyphOrder([*order, blank])
    _map(font, {_NARROW_NO_BREAK_SPACE: blank})
    table = newTable("glyf")
    table.glyphOrder, table.glyphs = font.getGlyphOrder(), glyphs
    font["loca"], font["glyf"] = newTable("loca"), table
    del font["CFF "]
    for glyph in glyphs.values():
        glyph.recalcBounds(table)
    profile = font["maxp"]
    profile.tableVersion = 0x00010000
    # Version 1.0 has these fields; without instructions or composites they are zero.
    for field in [
        "maxPoints",
        "maxContours",
        "maxCompositePoints",
        "maxCompositeContours",
        "maxTwilightPoints",
        "maxStorage",
        "maxFunctionDefs",
        "maxInstructionDefs",
        "maxStackElements",
        "maxSizeOfInstructions",
        "maxComponentElements",
        "maxComponentDepth",
    ]:
        setattr(profile, field, 0)
    profile.maxZones = 1
    font["post"].formatType = 3.0
    font["head"].glyphDataFormat = 0
    font.sfntVersion = "\x00\x01\x00\x00"
