"""An import from page to registry: received, read by a job, decided, applied by another; twice, killed, abandoned."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.tasks import perform
from bonus.outbox import OutboxMessage
from bonus.registry.files import MAX_FILE_BYTES, read_file
from bonus.registry.imports import service, steps
from bonus.registry.imports.listing import applied_before, import_numbered, imports_page, report_of
from bonus.registry.imports.prepared import prepare
from bonus.registry.imports.running import write
from bonus.registry.imports.service import abandon, ask_to_apply, read_again, receive
from bonus.registry.models import RegistryChange
from bonus.registry.scheme_models import RegistryImport
from tests.registry.files.samples import as_csv
from tests.support.crew import Crew
from tests.support.words import plain
from tests.support.world import World, run_jobs

from .samples import AUDITED, CERTIFIER, NOW, PLAIN, SUSPENDED, WITHDRAWN, changes, registry, taken

WRONG = PLAIN | {"certification": "S-2", "fournisseur": "123456789"}
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def keeper(any_world: World, any_session: Session) -> World:
    """The cast; its registry keeper hands files in."""
    return any_world


def received(world: World, *rows: Mapping[str, Any], data: bytes | None = None) -> int:
    """The number of a file that the keeper handed in."""
    content = data if data is not None else as_csv(rows)
    return receive("fichier.csv", content, CERTIFIER, world.registry_keeper, NOW).id


def read(world: World, *rows: Mapping[str, Any], data: bytes | None = None) -> RegistryImport:
    """The same, read."""
    number = received(world, *rows, data=data)
    job(service.READ, number)
    return import_numbered(number)


def job(kind: str, number: int) -> None:
    """Do what was asked for, as the worker does."""
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.key == f"{kind}:{number}")).one()
    message_id = message.id
    db.session.rollback()
    perform(message_id, NOW)


def again(kind: str, number: int) -> None:
    """The queue forgot that it was done: the job runs once more."""
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.key == f"{kind}:{number}")).one()
    message.done_at = None
    db.session.commit()
    job(kind, number)


def mine() -> dict[str, Any]:
    """What the registry has of the files of these tests, beside the cast's."""
    found: dict[str, Any] = registry(["900100207"])["certifications"]
    return {name: one for name, one in found.items() if name[:2] in {"SF", "S-", "NF"}}


def test_from_a_file_to_the_registry(keeper: World) -> None:
    known = mine()
    found = read(keeper, PLAIN, AUDITED, PLAIN | SUSPENDED)
    assert (found.status, found.rows, found.added, found.faults) == ("previewed", 3, 3, 0)
    assert (found.progress_done, found.progress_total) == (3, 3)
    assert mine() == known, "nothing is written before it is decided"
    ask_to_apply(found.id, keeper.registry_keeper, NOW, keep_good=False)
    job(service.APPLY, found.id)
    found = import_numbered(found.id)
    assert (found.status, found.added, found.finished_at) == ("done", 3, NOW)
    assert {"SFG-1", "NFG-1"} <= set(mine())
    change = db.session.scalars(select(RegistryChange).where(RegistryChange.import_id == found.id)).one()
    assert change.recorded_by == keeper.registry_keeper.label
    report = report_of(found)
    assert report is not None
    assert [entry.line for entry in report.entries("added", 1)] == [2, 4, 3]
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == f"import:{found.id}").order_by(AuditEntry.id)
    ).all()
    assert actions == ["registry.file_received", "registry.import_asked", "registry.imported"]
    run_jobs(keeper)  # the follow-up


def test_each_job_may_run_twice(keeper: World) -> None:
    found = read(keeper, PLAIN)
    kept = found.report_stored_as
    again(service.READ, found.id)
    assert import_numbered(found.id).report_stored_as == kept
    ask_to_apply(found.id, keeper.registry_keeper, NOW, keep_good=False)
    job(service.APPLY, found.id)
    before = (mine(), changes())
    again(service.APPLY, found.id)
    assert (mine(), changes()) == before


def test_a_file_that_changes_nothing_is_done_once_read(keeper: World) -> None:
    taken(PLAIN)
    found = read(keeper, PLAIN)
    assert (found.status, found.unchanged, found.finished_at) == ("done", 1, NOW)
    assert applied_before(found) is not None
    before = read(keeper, PLAIN | {"alias": "Clair"})
    assert applied_before(before) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Ce fichier est vide."),
        (b"x" * (MAX_FILE_BYTES + 1), "Ce fichier est trop volumineux : la limite est de 60 Mo."),
    ],
    ids=["empty", "too large"],
)
def test_what_is_refused_at_the_door(keeper: World, data: bytes, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        receive("f.csv", data, CERTIFIER, keeper.registry_keeper, NOW)
    assert plain(refused.value.sentence).startswith(said)
    assert refused.value.field == "file"
    db.session.rollback()
    assert imports_page(1).items == []


def test_an_unknown_certifier(keeper: World) -> None:
    with pytest.raises(NotFound):
        receive("f.csv", b"x", "inconnu", keeper.registry_keeper, NOW)


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(keeper: World) -> None:
    found = read(keeper, data=b"%PDF-1.7 ...")
    assert (found.status, found.finished_at) == ("refused", NOW)
    assert plain(found.refusal) == (
        "Ce fichier est un PDF. Déposez le tableau d’origine, en CSV, en XLSX ou en JSON."
    )
    assert report_of(found) is None


def test_latin_1_with_semicolons_is_accepted(keeper: World) -> None:
    row = PLAIN | {"solution": "Coffre sécurisé", "nom_fournisseur": "Société Générique"}
    found = read(keeper, data=as_csv([row], "latin-1"))
    assert (found.status, found.added) == ("previewed", 1)
    report = report_of(found)
    assert report is not None
    assert report.entries("added", 1)[0].solution == "Coffre sécurisé"


def test_faulty_rows_must_be_left_out_knowingly(keeper: World) -> None:
    found = read(keeper, PLAIN, WRONG)
    assert (found.added, found.faults) == (1, 1)
    with pytest.raises(InvalidInput, match="lignes fautives"):
        ask_to_apply(found.id, keeper.registry_keeper, NOW, keep_good=False)
    db.session.rollback()
    ask_to_apply(found.id, keeper.registry_keeper, NOW, keep_good=True)
    job(service.APPLY, found.id)
    assert import_numbered(found.id).status == "done"
    assert "SFG-1" in mine()
    assert "S-2" not in mine()


def test_nothing_good_is_nothing_to_apply(keeper: World) -> None:
    taken(PLAIN)
    found = read(keeper, PLAIN, WRONG)
    assert (found.status, found.unchanged, found.faults) == ("previewed", 1, 1)
    with pytest.raises(Refusal, match=r"import\.nothing"):
        ask_to_apply(found.id, keeper.registry_keeper, NOW, keep_good=True)


def test_the_registry_changed_since_the_preview(keeper: World) -> None:
    found = read(keeper, PLAIN | SUSPENDED)
    taken(PLAIN, PLAIN | WITHDRAWN | {"evenement_le": "2026-03-02"})
    before = mine()
    ask_to_apply(found.id, keeper.registry_keeper, NOW, keep_good=False)
    job(service.APPLY, found.id)
    found = import_numbered(found.id)
    assert (found.status, found.added, found.faults) == ("refused", 0, 1)
    assert plain(found.refusal) == (
        "Le registre a changé depuis l’aperçu : des lignes sont devenues fautives."
    )
    assert mine() == before
    report = report_of(found)
    assert report is not None
    assert [fault.code for fault in report.faults(1)] == ["registry.after_withdrawal"]


def test_another_import_brought_it_meanwhile(keeper: World) -> None:
    found = read(keeper, PLAIN)
    ask_to_apply(found.id, keeper.registry_keeper, NOW, keep_good=False)
    taken(PLAIN)
    before = (mine(), changes())
    job(service.APPLY, found.id)
    found = import_numbered(found.id)
    assert (found.status, found.added, found.unchanged) == ("done", 0, 1)
    assert (mine(), changes()) == before


def test_what_is_learned_is_learned_when_the_lock_is_held(keeper: World) -> None:
    found = read(keeper, PLAIN)
    ask_to_apply(found.id, keeper.registry_keeper, NOW, keep_good=False)
    steps.apply_import(found.id, lambda: LATER)
    assert import_numbered(found.id).finished_at == LATER
    change = db.session.scalars(select(RegistryChange).where(RegistryChange.import_id == found.id)).one()
    assert change.recorded_at == LATER


# ---------------------------------------------------------------- given up, begun again


@pytest.mark.parametrize("when", ["queued", "previewed"])
def test_abandoned(keeper: World, when: str) -> None:
    number = received(keeper, PLAIN) if when == "queued" else read(keeper, PLAIN).id
    abandon(number, keeper.registry_keeper, LATER)
    if when == "queued":
        job(service.READ, number)
    found = import_numbered(number)
    assert (found.status, found.finished_at) == ("abandoned", LATER)
    with pytest.raises(Refusal):
        abandon(number, keeper.registry_keeper, LATER)
    db.session.rollback()
    with pytest.raises(Refusal):
        ask_to_apply(number, keeper.registry_keeper, LATER, keep_good=False)


def test_abandoned_while_it_is_read(keeper: World, monkeypatch: pytest.MonkeyPatch) -> None:
    number = received(keeper, PLAIN)

    def slow(data: bytes, rules: Any, *, on_progress: Any) -> Any:
        abandon(number, keeper.registry_keeper, LATER)
        return read_file(data, rules, on_progress=on_progress)

    monkeypatch.setattr(steps, "read_file", slow)
    job(service.READ, number)
    found = import_numbered(number)
    assert (found.status, found.report_stored_as) == ("abandoned", None)


def test_abandoned_while_it_is_compared(keeper: World, monkeypatch: pytest.MonkeyPatch) -> None:
    number = received(keeper, PLAIN)

    def slow(*arguments: Any) -> Any:
        found = prepare(*arguments)
        abandon(number, keeper.registry_keeper, LATER)
        return found

    monkeypatch.setattr(steps, "prepare", slow)
    job(service.READ, number)
    assert import_numbered(number).status == "abandoned"


def test_too_late_to_abandon(keeper: World) -> None:
    found = read(keeper, PLAIN)
    ask_to_apply(found.id, keeper.registry_keeper, NOW, keep_good=False)
    with pytest.raises(Refusal, match="ne peut plus"):
        abandon(found.id, keeper.registry_keeper, NOW)
    db.session.rollback()
    with pytest.raises(Refusal, match="pas terminé"):
        read_again(found.id, keeper.registry_keeper, NOW)


def test_the_same_file_again(keeper: World) -> None:
    found = read(keeper, PLAIN)
    abandon(found.id, keeper.registry_keeper, NOW)
    new = read_again(found.id, keeper.registry_keeper, LATER)
    assert (new.id > found.id, new.sha256, new.stored_as) == (True, found.sha256, found.stored_as)
    job(service.READ, new.id)
    assert import_numbered(new.id).status == "previewed"
    assert [one.id for one in imports_page(1).items] == [new.id, found.id]
    assert imports_page(9).page == 1


@pytest.mark.parametrize("number", [0, 999, 2**31, 10**30])
def test_no_such_import(keeper: World, number: int) -> None:
    with pytest.raises(NotFound):
        import_numbered(number)
    with pytest.raises(NotFound):
        abandon(number, keeper.registry_keeper, NOW)
    steps.read_import(number, NOW)
    steps.apply_import(number, lambda: NOW)


def test_progress_is_counted_row_by_row(keeper: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [PLAIN | {"certification": f"S-{n}", "solution": f"Offre {n}"} for n in range(2_500)]
    number = received(keeper, *rows)
    seen: list[tuple[str, int, int]] = []

    def watched(data: bytes, rules: Any, *, on_progress: Any) -> Any:
        def tell(done: int) -> None:
            on_progress(done)
            found = db.session.get_one(RegistryImport, number)
            seen.append((found.status, found.progress_done, found.progress_total))
            db.session.rollback()

        return read_file(data, rules, on_progress=tell)

    monkeypatch.setattr(steps, "read_file", watched)
    job(service.READ, number)
    assert seen == [("reading", 1000, 2500), ("reading", 2000, 2500), ("reading", 2500, 2500)]


# ---------------------------------------------------------------- killed


def _apply_and_hang(number: int) -> None:
    def hang(*arguments: Any) -> None:
        write(*arguments)
        db.session.flush()
        time.sleep(60)

    pytest.MonkeyPatch().setattr(steps, "write", hang)
    steps.apply_import(number, lambda: NOW)


@pytest.mark.slow
def test_killed_while_it_writes(any_world: World, any_app: Flask) -> None:
    """Really: by the kernel, in a process of its own that holds the lock and has written everything but the end."""
    with any_app.app_context():
        number = read(any_world, PLAIN, AUDITED).id
        ask_to_apply(number, any_world.registry_keeper, NOW, keep_good=False)
        before = changes()
        db.session.rollback()

        def look() -> int:
            # Waits for the lock that the other holds, until it is killed.
            db.session.execute(text("UPDATE registry_head SET version = version"))
            found = changes()
            db.session.rollback()
            return found

        with Crew(1) as crew:  # of its own: this process does not come back
            assert crew.kill_during(any_app, _apply_and_hang, [number], look) == before
        assert import_numbered(number).status == "applying"
        db.session.rollback()
        job(service.APPLY, number)
        assert import_numbered(number).status == "done"
        assert {"SFG-1", "NFG-1"} <= set(mine())
        assert changes() == before + 1
        db.session.rollback()
