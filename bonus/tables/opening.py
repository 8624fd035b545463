"""What kind of file a table comes in, told by what it holds."""

from __future__ import annotations

from .columns import Columns
from .csv_file import read_csv
from .encodings import encoding_of
from .source import Source, refusal
from .xlsx_file import read_xlsx

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A workbook with a password is an old container around the new one.
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ")
LOOKED_AT = 4096


def open_table(data: bytes, columns: Columns) -> Source:
    """A CSV or an XLSX. Raises InvalidInput for any other file, or one that cannot be read at all."""
    if is_zip(data):
        return read_xlsx(data, columns)
    encoding, start = text_of(data)
    if start.startswith("<"):
        raise refusal("import.markup")
    return read_csv(data, encoding, columns)


def is_zip(data: bytes) -> bool:
    """Whether a file is a zip, as workbooks are."""
    return data.startswith(_ZIP)


def text_of(data: bytes) -> tuple[str, str]:
    """The encoding of a text file, and how its text begins. Raises InvalidInput: binary, damaged or blank."""
    if data.startswith(_COMPOUND):
        raise refusal("import.password" if _ENCRYPTED_PACKAGE in data else "import.old_excel")
    if b"%PDF-" in data[:1024]:
        raise refusal("import.pdf")
    if data.startswith(_ARCHIVES):
        raise refusal("import.archive")
    encoding = encoding_of(data)
    start = data[:LOOKED_AT].decode(encoding, errors="ignore").lstrip()
    if not start and not data.strip():
        raise refusal("import.empty")
    return encoding, start
