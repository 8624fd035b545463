"""`flask certificate verify`: by the database, by a signed list, by the seal alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bonus.certificates.models import TaxCertificate
from bonus.certificates.revocation_list import read_list, signed_list
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.parts import sealer
from tests.adapters.einvoice_samples import blank_pdf
from tests.support.world import YEAR_CLOSED, World, settled


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    """A certificate, the one it replaced, one with a byte changed, and a file that is none."""
    settled(world)
    settled(world)
    with world.app.app_context():
        former, current = db.session.scalars(select(TaxCertificate).order_by(TaxCertificate.id)).all()
        flipped = bytearray(current.pdf)
        flipped[len(flipped) // 3] ^= 1
        files = {"old": former.pdf, "new": current.pdf, "flipped": bytes(flipped), "other": blank_pdf()}
        for name, content in files.items():
            (tmp_path / f"{name}.pdf").write_bytes(content)
        (tmp_path / "list.txt").write_text(signed_list(sealer(), YEAR_CLOSED + timedelta(days=1)))
        (tmp_path / "early.txt").write_text(signed_list(sealer(), YEAR_CLOSED - timedelta(days=1)))
        (tmp_path / "seal.pem").write_bytes(sealer().certificate_pem)
        (tmp_path / "number.txt").write_text(current.number)
        db.session.rollback()
    return tmp_path


def said(world: World, folder: Path, *names: str, options: tuple[str, ...] = ()) -> tuple[int, list[str]]:
    arguments = ["certificate", "verify", *(str(folder / f"{name}.pdf") for name in names), *options]
    done = world.app.test_cli_runner().invoke(args=arguments)
    return done.exit_code, [line.rpartition(".pdf: ")[2] for line in done.output.splitlines()]


def test_each_file_has_its_line(world: World, folder: Path) -> None:
    number = (folder / "number.txt").read_text()
    lines = ["genuine", f"revoked (replaced by {number})", "altered", "unknown", "unknown"]
    names = ("new", "old", "flipped", "other", "absent")
    assert said(world, folder, "new") == (0, ["genuine"])
    assert said(world, folder, *names[:4]) == (1, lines[:4])
    by_list = ("--list", str(folder / "list.txt"))
    assert said(world, folder, *names[:4], options=by_list) == (1, lines[:4])
    assert said(world, folder, "new", options=by_list) == (0, ["genuine"])
    early = said(world, folder, "new", options=("--list", str(folder / "early.txt")))
    assert early == (1, ["seal valid, revocation unknown"]), "what was sealed after the list is not in it"


def test_without_a_database_nor_a_list(world: World, folder: Path) -> None:
    world.app.config |= {"DATABASE_URL": f"sqlite:///{folder}/absent.db"}
    valid = "seal valid, revocation unknown"
    assert said(world, folder, "new", "old", "flipped") == (1, [valid, valid, "altered"])
    assert not (folder / "absent.db").exists()


def test_a_list_that_is_not_ours(world: World, folder: Path) -> None:
    text = (folder / "list.txt").read_text()
    for wrong in ("", "[]", "{}\n", text[:-3], text.replace("2027-01-05", "2027-01-06"), "a\nb\nc"):
        (folder / "wrong.txt").write_text(wrong)
        code, _ = said(world, folder, "new", options=("--list", str(folder / "wrong.txt")))
        assert code == 2
    with world.app.app_context(), pytest.raises(InvalidInput):
        read_list(text.replace("{", "{ ", 1), sealer().trust)
