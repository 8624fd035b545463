"""`flask registry import`: a certifier's file, from the command line."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from . import clock, config
from .errors import Refusal
from .registry.files import MAX_FILE_BYTES, Fault
from .registry.files.source import refusal
from .registry.imports.command import Outcome, import_file
from .regulation.wording import french, grouped
from .spreadsheet import csv_lines
from .tables.extent import rows_about

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

SHOWN_FAULTS = 20
DONE, FAULTY, UNREADABLE = 0, 1, 2
"""The exit statuses: done, or nothing to do; rows at fault; nothing could be read."""

registry = AppGroup("registry", help="Le registre des certifications.")


def register(app: Flask) -> None:
    """Add these commands to the application."""
    app.cli.add_command(registry)


@registry.command("import")
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path))
@click.option(
    "--certifier", required=True, metavar="CODE", help="Le certificateur, par exemple bureau-veritas."
)
@click.option("--dry-run", is_flag=True, help="Dit ce qui changerait, n’écrit rien.")
@click.option("--keep-good", is_flag=True, help="Importe les bonnes lignes et laisse les fautives.")
@click.option(
    "--faults",
    metavar="FICHIER.csv",
    type=click.Path(path_type=Path),
    help="Écrit dans ce fichier toutes les fautes, avec leur ligne et leur colonne.",
)
@with_appcontext
def import_command(file: Path, certifier: str, dry_run: bool, keep_good: bool, faults: Path | None) -> None:
    """Importe les certifications d’un FICHIER de certificateur : CSV, XLSX ou JSON.

    Toutes les bonnes lignes sont inscrites ou aucune ; le même fichier une seconde fois ne change rien.
    État de sortie : 0 fait, ou rien à faire ; 1 des lignes sont fautives, et rien n’est inscrit, ou seulement les
    bonnes avec --keep-good ; 2 le fichier ou le certificateur ne convient pas.
    """
    config.require_database(current_app.config)
    data = _read(file)
    if faults is not None:
        _require_writable(faults)
    with _Bars(rows_about(data)) as bars:
        try:
            outcome = import_file(
                file.name,
                data,
                certifier,
                clock.now,
                keep_good=keep_good,
                dry_run=dry_run,
                on_read=bars.read,
                on_write=bars.written,
            )
        except Refusal as error:
            raise _unreadable(error.sentence) from error
    if faults is not None:
        titles = ("ligne", "colonne", "code", "raison")
        rows = ((fault.line, fault.column, fault.code, fault.reason) for fault in outcome.faults)
        with faults.open("wb") as stream:
            stream.writelines(csv_lines([titles, *rows]))
    for sentence in _told(file.name, outcome, dry_run=dry_run, keep_good=keep_good):
        click.echo(french(sentence))
    sys.exit(FAULTY if outcome.faults else DONE)


def _read(file: Path) -> bytes:
    try:
        # Before it is read: it may be larger than the memory.
        if file.stat().st_size > MAX_FILE_BYTES:
            raise _unreadable(refusal("import.too_large").sentence)
        return file.read_bytes()
    except FileNotFoundError as error:
        raise _unreadable(f"Le fichier {file} n’existe pas : vérifiez son nom.") from error
    except IsADirectoryError as error:
        raise _unreadable(f"{file} est un dossier : donnez le nom d’un fichier.") from error
    except PermissionError as error:
        raise _unreadable(f"Vous n’avez pas le droit de lire le fichier {file}.") from error
    except OSError as error:
        raise _unreadable(f"Le fichier {file} est illisible : {error.strerror}.") from error


def _require_writable(file: Path) -> None:
    try:
        file.open("ab").close()
    except OSError as error:
        raise _unreadable(f"Le fichier {file} ne peut pas être écrit : {error.strerror}.") from error


class _Unreadable(click.ClickException):
    exit_code = UNREADABLE

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it in French: click begins with « Error »."""
        click.echo(french(f"Erreur : {self.format_message()}"), file=file or sys.stderr)


def _unreadable(sentence: str) -> _Unreadable:
    return _Unreadable(french(sentence))


def _told(name: str, outcome: Outcome, *, dry_run: bool, keep_good: bool) -> list[str]:
    """What a person reads of an import."""
    summary = outcome.summary
    counts = {kind: grouped(count) for kind, count in summary.counts.items()}
    new = f"solutions nouvelles : {grouped(summary.new_solutions)}, fournisseurs : {grouped(summary.new_suppliers)}"
    told = [f"{name} : {_several(summary.rows, 'ligne')} ({summary.format.upper()})"]
    if summary.ignored_columns:
        told.append(f"Colonnes ignorées : {', '.join(summary.ignored_columns)}")
    told += [
        f"  à ajouter     {counts['added']} ({new})",
        f"  à modifier    {counts['changed']}",
        f"  à interrompre {counts['ended']}",
        f"  à rétablir    {counts['reinstated']}",
        f"  inchangées    {counts['unchanged']}",
        f"  fautives      {grouped(summary.faulty_rows)}",
    ]
    told += map(_fault, outcome.faults[:SHOWN_FAULTS])
    more = len(outcome.faults) - SHOWN_FAULTS
    if more > 0:
        told.append(f"… et {_several(more, 'autre faute')} : --faults FICHIER.csv les écrit toutes.")
    return [*told, _end(outcome, dry_run=dry_run, keep_good=keep_good)]


def _several(number: int, words: str) -> str:
    """A number with its words, which agree with it."""
    return f"{grouped(number)} {' '.join(f'{word}s' for word in words.split()) if number > 1 else words}"


def _fault(fault: Fault) -> str:
    column = f", {fault.column}" if fault.column else ""
    return f"ligne {fault.line}{column} : {fault.reason}"


def _end(outcome: Outcome, *, dry_run: bool, keep_good: bool) -> str:
    summary = outcome.summary
    if outcome.written:
        left = f" ; {_several(summary.faulty_rows, 'fautive laissée')}" if outcome.faults else ""
        return f"Import n° {outcome.import_id} : {_several(summary.news, 'ligne inscrite')}{left}."
    if outcome.faults and not keep_good:
        return (
            "Rien n’est inscrit : corrigez les lignes fautives, ou ajoutez --keep-good pour inscrire les bonnes "
            "sans elles."
        )
    if not summary.news:
        return "Rien à inscrire : les bonnes lignes ne changent rien au registre."
    assert dry_run  # else something was written
    return "Essai : rien n’est inscrit."


class _Bars:
    """A bar for what is read, another for what is written, on the error output and only on a terminal."""

    def __init__(self, rows: int) -> None:
        self._stack = ExitStack()
        self._rows = rows
        self._reading: ProgressBar[int] | None = None
        self._writing: ProgressBar[int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def read(self, done: int) -> None:
        """So many rows are read."""
        if self._reading is None:
            self._reading = self._bar(max(self._rows, 1), "Lecture")
        self._reading.update(done - self._reading.pos)

    def written(self, done: int, total: int) -> None:
        """So many certifications are written, of how many."""
        if self._writing is None:
            self._stack.close()
            self._writing = self._bar(total, "Inscription au registre")
        self._writing.update(done - self._writing.pos)

    def _bar(self, length: int, label: str) -> ProgressBar[int]:
        bar: ProgressBar[int] = click.progressbar(
            length=length, label=label, show_pos=True, file=sys.stderr, hidden=not sys.stderr.isatty()
        )
        return self._stack.enter_context(bar)
