"""`flask registry import`: what it says, its exit status, what it writes."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from bonus.cli_registry import SHOWN_FAULTS, _Bars
from bonus.extensions import db
from bonus.registry.files import MAX_FILE_BYTES
from bonus.registry.models import Certification
from bonus.registry.scheme_models import RegistryImport
from tests.registry.files.samples import as_csv, as_xlsx
from tests.registry.imports.samples import AUDITED, NOW, PLAIN
from tests.support.words import plain

FAULTY = PLAIN | {"certification": "S-9", "fournisseur": "123456789", "solution": "=1+1"}


@pytest.fixture
def dated(app: Flask) -> Flask:
    app.config["CLOCK"] = lambda: NOW
    return app


def written(tmp_path: Path, *rows: Mapping[str, Any]) -> str:
    """A file of these rows; its path."""
    path = tmp_path / "certifications.csv"
    path.write_bytes(as_csv(rows))
    return str(path)


def run(app: Flask, *arguments: str, certifier: str = "bureau-veritas") -> Result:
    return app.test_cli_runner().invoke(
        args=["registry", "import", *arguments, "--certifier", certifier], catch_exceptions=False
    )


def lines(result: Result) -> list[str]:
    return plain(result.stdout).splitlines()


def certifications(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Certification)) or 0


def test_done(dated: Flask, tmp_path: Path) -> None:
    result = run(dated, written(tmp_path, PLAIN | {"colonne": "x"}, AUDITED))
    assert result.exit_code == 0
    assert lines(result) == [
        "certifications.csv : 2 lignes (CSV)",
        "Colonnes ignorées : colonne",
        "  à ajouter     2 (solutions nouvelles : 1, fournisseurs : 1)",
        "  à modifier    0",
        "  à interrompre 0",
        "  à rétablir    0",
        "  inchangées    0",
        "  fautives      0",
        "Import n° 1 : 2 lignes inscrites.",
    ]
    assert certifications(dated) == 2
    with dated.app_context():
        found = db.session.scalars(select(RegistryImport)).one()
        assert (found.file_name, found.status, found.created_by_id) == ("certifications.csv", "done", None)


def test_nothing_to_do(dated: Flask, tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    run(dated, path)
    result = run(dated, path)
    assert (result.exit_code, lines(result)[-1]) == (
        0,
        "Rien à inscrire : les bonnes lignes ne changent rien au registre.",
    )


def test_a_workbook(dated: Flask, tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    path.write_bytes(as_xlsx([PLAIN]))
    assert lines(run(dated, str(path)))[0] == "f.xlsx : 1 ligne (XLSX)"


def test_a_trial(dated: Flask, tmp_path: Path) -> None:
    result = run(dated, written(tmp_path, PLAIN), "--dry-run")
    assert (result.exit_code, lines(result)[-1]) == (0, "Essai : rien n’est inscrit.")
    assert certifications(dated) == 0
    result = run(dated, written(tmp_path, PLAIN, FAULTY), "--dry-run", "--keep-good")
    assert (result.exit_code, lines(result)[-1]) == (1, "Essai : rien n’est inscrit.")


def test_rows_at_fault(dated: Flask, tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN, FAULTY)
    result = run(dated, path)
    assert result.exit_code == 1
    faulty, fault, end = lines(result)[6:]
    assert faulty == "  fautives      1"
    assert fault.startswith("ligne 3, fournisseur : Le SIREN « 123456789 » n’est pas valide")
    assert end.startswith("Rien n’est inscrit : corrigez les lignes fautives, ou ajoutez --keep-good")
    assert certifications(dated) == 0
    result = run(dated, path, "--keep-good")
    assert (result.exit_code, lines(result)[-1]) == (
        1,
        "Import n° 1 : 1 ligne inscrite ; 1 fautive laissée.",
    )
    assert certifications(dated) == 1
    again = run(dated, path, "--keep-good")
    assert (again.exit_code, lines(again)[-1]) == (
        1,
        "Rien à inscrire : les bonnes lignes ne changent rien au registre.",
    )


def test_the_first_faults_and_all_of_them_in_a_file(dated: Flask, tmp_path: Path) -> None:
    many = [FAULTY | {"certification": f"S-{n}", "label": "=cmd|x"} for n in range(SHOWN_FAULTS)]
    path = tmp_path / "faults.csv"
    result = run(dated, written(tmp_path, *many), "--faults", str(path))
    assert result.exit_code == 1
    assert sum(line.startswith("ligne ") for line in lines(result)) == SHOWN_FAULTS
    assert f"… et {SHOWN_FAULTS} autres fautes : --faults FICHIER.csv les écrit toutes." in lines(result)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=";"))
    assert rows[0] == ["ligne", "colonne", "code", "raison"]
    assert len(rows) == 1 + 2 * SHOWN_FAULTS
    assert rows[1][:3] == ["2", "label", "label.unknown"]


def test_a_place_that_cannot_be_written_is_said_before_anything(dated: Flask, tmp_path: Path) -> None:
    result = run(dated, written(tmp_path, PLAIN), "--faults", str(tmp_path / "absent" / "faults.csv"))
    assert (result.exit_code, certifications(dated)) == (2, 0)
    assert "ne peut pas être écrit" in plain(result.stderr)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "n’existe pas"),
        (b"", "Ce fichier est vide."),
        (b"%PDF-1.7", "Ce fichier est un PDF."),
        (b"a;b\n1;2\n", "colonne"),
    ],
)
def test_what_cannot_be_read(dated: Flask, tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "f.csv"
    if content is not None:
        path.write_bytes(content)
    result = run(dated, str(path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in plain(result.stderr)


def test_a_file_of_100_megabytes_is_not_even_read(dated: Flask, tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(100 * 2**20)
    result = run(dated, str(path))
    assert result.exit_code == 2
    assert "trop volumineux : la limite est de 60 Mo." in plain(result.stderr)
    assert path.stat().st_size > MAX_FILE_BYTES


def test_an_unknown_certifier_and_options_that_are_none(dated: Flask, tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    unknown = run(dated, path, certifier="inconnu")
    assert unknown.exit_code == 2
    assert "Le certificateur « inconnu » n’existe pas. Connus : afnor-certification" in plain(unknown.stderr)
    assert run(dated, path, "--no-such-option").exit_code == 2
    assert dated.test_cli_runner().invoke(args=["registry", "import", path]).exit_code == 2


def test_another_certifiers_label(dated: Flask, tmp_path: Path) -> None:
    result = run(dated, written(tmp_path, PLAIN), certifier="anssi")
    assert result.exit_code == 1
    assert "n’est pas l’un des vôtres" in plain(result.stdout)


def test_bars_follow_what_is_read_and_written(monkeypatch: pytest.MonkeyPatch) -> None:
    with _Bars(0) as bars:
        bars.read(1000)
        bars.read(2500)
        bars.written(0, 10)
        bars.written(10, 10)
        assert bars._reading is not None
        assert bars._writing is not None
        assert (bars._reading.pos, bars._writing.pos, bars._writing.length) == (2500, 10, 10)
