"""Files that cannot be read at all: the sentence says what they are and what to do."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date

import pytest

from bonus.errors import InvalidInput
from bonus.registry.files import MAX_FILE_BYTES, MAX_ROWS, Fault, read_file, reader

from .samples import PLAIN, RULES, as_csv, as_json, as_xlsx, read

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


def zipped(**entries: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "import.empty", "vide"),
        (b"\r\n \r\n", "import.empty", "vide"),
        (b"\xef\xbb\xbf", "import.empty", "vide"),
        ("\ufeff \r\n".encode("utf-16-le"), "import.empty", "vide"),
        (b"sep=;\r\n", "import.empty", "vide"),
        (as_csv([]), "import.empty", "vide"),
        (as_csv([PLAIN]).splitlines()[0], "import.no_rows", "aucune certification"),
        (as_csv([PLAIN]).splitlines()[0] + b"\r\n;;\r\n", "import.no_rows", "aucune certification"),
        (b"[]", "import.no_rows", "aucune certification"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "import.pdf", "PDF"),
        (COMPOUND, "import.old_excel", "ancien format"),
        (COMPOUND + "EncryptedPackage".encode("utf-16-le"), "import.password", "mot de passe"),
        (
            zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
            "import.opendocument",
            "OpenDocument",
        ),
        (zipped(**{"xl/workbook.bin": b""}), "import.old_excel", ".xlsb"),
        (zipped(**{"certifications.csv": b""}), "import.archive", "archive"),
        (zipped(**{"[Content_Types].xml": b"", "word/document.xml": b""}), "import.archive", "archive"),
        (zipped(mimetype=b"application/epub+zip"), "import.archive", "archive"),
        (zipped(), "import.archive", "archive"),
        (gzip.compress(b"a;b", mtime=0), "import.archive", "archive"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "import.not_a_table", "ni un CSV"),
        (as_csv([PLAIN]).decode().encode("utf-16-le"), "import.not_a_table", "UTF-8"),
        (as_csv([PLAIN]).decode().encode("utf-32"), "import.encoding", "UTF-8"),
        (b"<html><table><tr><td>", "import.markup", "HTML"),
        (b"\xef\xbb\xbf <?xml version='1.0'?><Workbook/>", "import.markup", "XML"),
    ],
)
def test_what_is_no_table_of_ours(data: bytes, code: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(data)
    assert caught.value.code == code
    assert said in caught.value.sentence


def test_a_file_too_large_is_not_even_looked_at() -> None:
    with pytest.raises(InvalidInput) as caught:
        read(b"\0" * (MAX_FILE_BYTES + 1))
    assert caught.value.code == "import.too_large"
    assert caught.value.sentence == (
        "Ce fichier est trop volumineux\u00a0: la limite est de 60\u00a0Mo. Découpez-le en plusieurs fichiers."
    )
    with pytest.raises(InvalidInput) as caught:
        read(b"\0" * MAX_FILE_BYTES)
    assert caught.value.code == "import.not_a_table"


@pytest.mark.parametrize("write", [as_csv, as_json, as_xlsx])
def test_too_many_rows(write: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_ROWS == 250_000
    monkeypatch.setattr(reader, "MAX_ROWS", 3)
    rows = [PLAIN | {"certification": str(rank)} for rank in range(4)]
    assert callable(write)
    assert len(read(write(rows[:3])).rows) == 3
    with pytest.raises(InvalidInput) as caught:
        read(write(rows))
    assert caught.value.code == "import.too_many_rows"
    assert "plus de 250\u00a0000 lignes. Découpez-le" in caught.value.sentence


def test_too_many_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_FAULTS", 16)
    bad = {"label": "SFG"}  # seven faults
    row = dict.fromkeys(PLAIN, "") | bad
    assert len(read(as_csv([row, row])).faults) == 14
    with pytest.raises(InvalidInput) as caught:
        read(as_csv([row, row, row]))
    assert caught.value.code == "import.too_many_faults"


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_STEP", 2)
    told: list[int] = []
    rows = [PLAIN | {"certification": str(rank), "axe": "?" if rank % 2 else "ai"} for rank in range(5)]
    content = read_file(as_csv(rows), RULES, on_progress=told.append)
    assert told == [2, 4, 5]
    assert len(content.rows) + len(content.faults) == 5


def test_a_progress_that_stops_the_reading_is_heard() -> None:
    def stop(_count: int) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        read_file(as_csv([PLAIN]), RULES, on_progress=stop)


def test_what_is_read_is_plain_data() -> None:
    content = read(as_csv([PLAIN, PLAIN]))
    reason = (
        "La certification «\u00a0SFG-1\u00a0» est déjà, à l’identique, à la ligne 2\u00a0: "
        "supprimez l’une des deux lignes."
    )
    assert content.faults == [Fault(3, "certification", "repeat.same", reason)]
    assert hash(content.rows[0])
    assert type(content.rows[0].valid_from) is date
