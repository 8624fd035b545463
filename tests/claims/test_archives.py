"""A ZIP of invoices: each file has its result, and no archive does harm."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Iterable

import pytest
from sqlalchemy import select

from bonus.claims import archives
from bonus.claims.archives import add_uploads
from bonus.claims.intake import FileResult
from bonus.claims.models import Document
from bonus.extensions import db
from bonus.parts import document_store
from tests.claims.tables.samples import PLAIN, as_xlsx
from tests.support.bills import File, bill
from tests.support.world import NOW, World, draft
from tests.web.company_pages import address
from tests.web.visitor import signed_in, words


def zipped(files: Iterable[File], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two files of one name
        with zipfile.ZipFile(stream, "w", method) as archive:
            for name, data in files:
                archive.writestr(name, data)
    return stream.getvalue()


@pytest.fixture
def claim_id(world: World, session: object) -> int:
    return draft(world, []).id


def send(world: World, claim_id: int, *files: File) -> list[FileResult]:
    return add_uploads(claim_id, files, document_store(), world.owner, NOW)


def said(world: World, claim_id: int, data: bytes) -> list[tuple[str, str]]:
    """What is said of each file of an archive that is not taken."""
    results = send(world, claim_id, ("lot.zip", data))
    return [(result.name, result.sentence or "") for result in results if result.invoice is None]


def test_each_file_has_its_own_result(world: World, claim_id: int) -> None:
    alone, one, two = bill(number="F-1"), bill(number="F-2"), bill(number="F-3")
    archive = zipped([("factures/" + one[0], one[1]), ("notes.txt", b"bonjour"), ("../../" + two[0], two[1])])
    results = send(world, claim_id, alone, ("dossier/lot.zip", archive))
    assert [result.name for result in results] == [
        "F-1.xml", "F-2.xml (lot.zip)", "notes.txt (lot.zip)", "F-3.xml (lot.zip)",
    ]  # fmt: skip
    assert [result.invoice.number if result.invoice else None for result in results] == [
        "F-1",
        "F-2",
        None,
        "F-3",
    ]
    names = db.session.scalars(select(Document.original_name).order_by(Document.id)).all()
    assert names == ["F-1.xml", "F-2.xml", "F-3.xml"], "no path of the archive is kept"


def test_what_systems_leave_in_archives_is_passed_over(world: World, claim_id: int) -> None:
    name, data = bill()
    archive = zipped(
        [("lot/", b""), (f"__MACOSX/._{name}", b"x"), ("lot/.DS_Store", b"x"), (f"lot/{name}", data)]
    )
    (result,) = send(world, claim_id, ("lot.zip", archive))
    assert result.invoice is not None


def test_an_archive_in_an_archive_is_not_opened(world: World, claim_id: int) -> None:
    ((name, sentence),) = said(world, claim_id, zipped([("b.zip", zipped([bill()]))]))
    assert (name, "archive dans l’archive" in sentence) == ("b.zip (lot.zip)", True)


def test_a_workbook_is_told_where_to_go(world: World, claim_id: int) -> None:
    ((name, sentence),) = said(world, claim_id, as_xlsx([PLAIN]))
    assert (name, "Charger un tableau de lignes" in sentence) == ("lot.zip", True)


@pytest.mark.parametrize("data", [b"PK\x03\x04" + bytes(50), b"PK\x05\x06" + bytes(18)])
def test_damaged_or_empty(world: World, claim_id: int, data: bytes) -> None:
    ((name, sentence),) = said(world, claim_id, data)
    assert name == "lot.zip"
    assert "endommagée" in sentence or "aucun fichier" in sentence


def test_a_damaged_file_leaves_the_others(world: World, claim_id: int) -> None:
    first, second = bill(number="F-1"), bill(number="F-2")
    archive = bytearray(zipped([first, second], zipfile.ZIP_STORED))
    archive[archive.index(first[1]) + 100] ^= 1  # its checksum no longer holds
    ((name, sentence),) = said(world, claim_id, bytes(archive))
    assert (name, "endommagé" in sentence) == ("F-1.xml (lot.zip)", True)
    assert db.session.scalars(select(Document.original_name)).all() == ["F-2.xml"]


def flagged(archive: bytes, offset: int, value: int) -> bytes:
    """The archive, two bytes changed in each entry of its directory."""
    found = bytearray(archive)
    place = -1
    while (place := archive.find(b"PK\x01\x02", place + 1)) >= 0:
        found[place + offset : place + offset + 2] = struct.pack("<H", value)
    return bytes(found)


@pytest.mark.parametrize(("offset", "value", "word"), [(8, 1, "mot de passe"), (10, 12, "compression")])
def test_what_cannot_be_unpacked(world: World, claim_id: int, offset: int, value: int, word: str) -> None:
    ((_, sentence),) = said(world, claim_id, flagged(zipped([bill()]), offset, value))
    assert word in sentence


def test_so_many_files(world: World, claim_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_FILES", 2)
    ((name, sentence),) = said(world, claim_id, zipped([bill(), bill(), bill()]))
    assert (name, "plus de 2 fichiers" in sentence) == ("lot.zip", True)
    assert said(world, claim_id, zipped([bill(), bill()])) == []
    monkeypatch.setattr(archives, "_MOST_ENTRIES", 1)
    assert "découpez-la" in said(world, claim_id, zipped([bill(), bill()]))[0][1]


def test_so_many_bytes_unpacked(world: World, claim_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped([("a.xml", b"<" + b" " * 11_000_000)])
    assert len(bomb) < 20_000
    assert "10 Mo" in said(world, claim_id, bomb)[0][1].replace("\u00a0", " ")
    first, second = bill(), bill()
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", len(first[1]) + len(second[1]) - 1)
    ((name, sentence),) = said(world, claim_id, zipped([first, second]))
    assert (name, "décompressée" in sentence) == (f"{second[0]} (lot.zip)", True)


def test_dropped_in_the_first_step(world: World) -> None:
    owner = signed_in(world.app, world.owner.email)
    dossier = draft(world, [])
    files = [("lot.zip", zipped([bill(number="F-1"), ("notes.txt", b"bonjour")]))]
    page = owner.upload(f"{address(dossier)}/factures", files)
    assert page.status_code == 422
    assert "notes.txt (lot.zip)" in words(page)
    assert "Facture F-1" in words(page)
