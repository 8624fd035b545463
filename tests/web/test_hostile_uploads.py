"""Each hostile file at each door: refused in a sentence, in bounded time and memory, and never given to anyone."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from bonus.claims.models import Document, Invoice, PurchaseLine
from bonus.companies.models import BankAccount
from bonus.extensions import db
from bonus.registry.models import Certification
from tests.claims.tables.samples import PLAIN as ROW
from tests.claims.tables.samples import as_xlsx
from tests.registry.files.samples import rewritten
from tests.support import hostile, papers
from tests.support.space import IBAN
from tests.support.world import Dossier, World, draft, run_jobs
from tests.web.company_pages import address, filled
from tests.web.visitor import errors, signed_in, words

SECONDS = 30
"""Far above what a refusal takes on a busy machine, far below what the attack is made for."""
MEMORY = 300 * 1024
"""Kilobytes that our own process may grow by: a gigabyte is never inflated in it."""
SHEET = "xl/worksheets/sheet1.xml"

Door = Callable[[World, Dossier, str, bytes], str]


def invoice(world: World, dossier: Dossier, name: str, data: bytes) -> str:
    owner = signed_in(world.app, world.owner.email)
    return words(owner.upload(f"{address(dossier)}/factures", [(name, data)]))


def zipped(world: World, dossier: Dossier, name: str, data: bytes) -> str:
    return invoice(world, dossier, "lot.zip", hostile.archive([(name, data)]))


def joined(world: World, dossier: Dossier, name: str, data: bytes) -> str:
    owner = signed_in(world.app, world.owner.email)
    place = f"{address(dossier)}/pieces/payment_proof/ajout"
    response = owner.post_files(place, "payment_proof-files", [(name, data)])
    return words(owner.follow(response) if response.status_code == 302 else response)


def bank_proof(world: World, dossier: Dossier, name: str, data: bytes) -> str:
    owner = signed_in(world.app, world.owner.email)
    place = "/entreprise/banque/changement"
    typed = filled(owner.get(place), "//main//form")
    typed.pop("proof", None)
    response = owner.post_files(place, "proof", [(name, data)], typed | {"iban": IBAN})
    assert response.status_code == 422
    return " ".join(errors(response))


def table(world: World, dossier: Dossier, name: str, data: bytes) -> str:
    owner = signed_in(world.app, world.owner.email)
    response = owner.post_files(f"{address(dossier)}/tableau", "file", [(name, data)])
    assert response.status_code == 302
    run_jobs(world)
    return words(owner.get(response.headers["Location"]))


def registry(world: World, dossier: Dossier, name: str, data: bytes) -> str:
    keeper = signed_in(world.app, world.registry_keeper.email)
    place = "/agent/registre/imports"
    response = keeper.post_files(place, "file", [(name, data)], {"certifier": "bureau-veritas"})
    assert response.status_code == 302
    run_jobs(world)
    return words(keeper.get(response.headers["Location"]))


DOORS: dict[str, Door] = {
    "an invoice": invoice,
    "an archive of invoices": zipped,
    "a joined document": joined,
    "a bank proof": bank_proof,
    "a table of lines": table,
    "a certifier’s file": registry,
}
REFUSED = (
    "refusé par sécurité",
    "interdites par sécurité",
    "ni un PDF, ni une image",
    "Ce fichier est un PDF",
    "Ce fichier est une page HTML ou du XML",
    "Ce fichier est une archive",
    "est trop volumineux",
    "endommagé",
)


def _counts() -> list[int | None]:
    return [
        db.session.scalar(select(func.count()).select_from(model))
        for model in (Document, Invoice, PurchaseLine, BankAccount, Certification)
    ]


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("door", DOORS)
def test_nothing_hostile_comes_in(world: World, door: str) -> None:
    dossier = draft(world)
    with world.app.app_context():
        before = _counts()
    for name, make in hostile.HOSTILE.items():
        data, memory, started = make(), _memory(), time.monotonic()
        said = DOORS[door](world, dossier, name, data)
        assert time.monotonic() - started < SECONDS, name
        assert _memory() - memory < MEMORY, name
        assert any(words in said for words in REFUSED), (name, said)
        assert "ha" * 20 not in said
    with world.app.app_context():
        assert _counts() == before


@pytest.mark.parametrize(
    "door", ["an invoice", "a table of lines", "a certifier’s file", "a joined document"]
)
def test_an_archive_of_a_gigabyte(world: World, door: str) -> None:
    dossier, data = draft(world), hostile.inflating_archive()
    memory, started = _memory(), time.monotonic()
    said = DOORS[door](world, dossier, "lot.zip", data)
    assert time.monotonic() - started < SECONDS
    assert _memory() - memory < MEMORY
    assert any(one in said for one in REFUSED), said
    with world.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Document)) == 1


@pytest.mark.parametrize("door", ["a table of lines", "a certifier’s file"])
@pytest.mark.parametrize("make", [hostile.laughs, hostile.external])
def test_a_workbook_with_entities(world: World, door: str, make: Callable[[], bytes]) -> None:
    doctype = make().partition(b"<!DOCTYPE")[2].partition(b"]>")[0]

    def declare(xml: bytes) -> bytes:
        head, mark, tail = xml.partition(b"?>\n")
        return head + mark + b"<!DOCTYPE" + doctype + b"]>" + tail

    data = rewritten(as_xlsx([ROW]), SHEET, declare)
    assert "Ce classeur est endommagé" in DOORS[door](world, draft(world), "lignes.xlsx", data)


@pytest.mark.parametrize("door", ["a joined document", "a bank proof"])
def test_a_plain_document_comes_in(world: World, door: str) -> None:
    """What the doors refuse is what is hostile, not every file."""
    if door == "a joined document":
        said = joined(world, draft(world), "releve.pdf", hostile.sheet())
        assert "releve.pdf" in said
        assert not any(one in said for one in REFUSED)
    else:
        owner = signed_in(world.app, world.owner.email)
        place = "/entreprise/banque/changement"
        typed = filled(owner.get(place), "//main//form")
        typed.pop("proof", None)
        sent = owner.post_files(place, "proof", [("rib.pdf", papers.PLAIN)], typed | {"iban": IBAN})
        assert sent.status_code == 302
