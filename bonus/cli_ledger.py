"""`flask ledger …`: the accounts proven, their months closed, their entries given to keep."""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime
from itertools import chain
from typing import BinaryIO

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from . import clock
from .accounts.models import Person
from .accounts.service import actor_of
from .errors import Refusal
from .extensions import db
from .ledger.check import check as check_proofs
from .ledger.closing import close_month, month_name, parse_month
from .ledger.export import FORMS, rows_of
from .ledger.proof import MOST_PIECES, Outcome
from .money import NBSP, format_euros
from .regulation.wording import grouped
from .spreadsheet import csv_lines

ledger = AppGroup("ledger", help="Le grand livre.")


def register(app: Flask) -> None:
    """Add these commands to the application."""
    app.cli.add_command(ledger)


@ledger.command()
@click.option("--most", default=MOST_PIECES, show_default=True, help="Pièces nommées par preuve.")
def check(most: int) -> None:
    """Prouve les comptes, au centime : chaque preuve avec ses deux sommes, et les premières pièces en cause.

    État de sortie 1 si une preuve ne tient pas.
    """
    began = time.monotonic()
    total = wrong = 0
    for outcome in check_proofs(most=most):
        _tell(outcome)
        total, wrong = total + 1, wrong + (not outcome.holds)
    seconds = time.monotonic() - began
    said = "toutes tiennent" if not wrong else f"{wrong} ne {'tient' if wrong == 1 else 'tiennent'} pas"
    click.echo(f"{total} preuves en {seconds:.1f}{NBSP}s, {said}.")
    sys.exit(1 if wrong else 0)


def _tell(outcome: Outcome) -> None:
    proof, found = outcome.proof, outcome.measured
    mark = "tient" if outcome.holds else "NE TIENT PAS"
    click.echo(f"[{mark}] {proof.code}{NBSP}: {proof.words} ({proof.article})")
    for name, cents in ((proof.left, found.left_cents), (proof.right, found.right_cents)):
        click.echo(f"    {name}{NBSP}: {format_euros(cents)}")
    for one in found.first:
        click.echo(
            f"    {one.piece}{NBSP}: {format_euros(one.left_cents)} / {format_euros(one.right_cents)}, "
            f"écart {format_euros(one.gap_cents)}"
        )
    if found.pieces > len(found.first):
        click.echo(f"    … et {grouped(found.pieces - len(found.first))} de plus.")


@ledger.command()
@click.argument("month", metavar="AAAA-MM")
@click.option("--by", "email", required=True, metavar="ADRESSE", help="L’agent comptable qui clôt.")
def close(month: str, email: str) -> None:
    """Clôt un mois pour toujours : le premier qui ne l’est pas, s’il est fini et si les preuves tiennent."""
    person = db.session.scalars(select(Person).where(Person.email == email.strip().lower())).one_or_none()
    if person is None or not person.active:
        raise click.ClickException("personne n’a cette adresse.")
    try:
        row = close_month(parse_month(month), actor_of(person, None), clock.now())
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    click.echo(
        f"{month_name(row.month).capitalize()} est clos{NBSP}: {grouped(row.entries_count)} écritures, "
        f"{format_euros(row.total_cents)}, empreinte {row.sha256}."
    )


def _day(_context: click.Context, _parameter: click.Parameter, moment: datetime) -> date:
    return moment.replace(tzinfo=UTC).date()


_DAY = click.DateTime(["%Y-%m-%d"])


@ledger.command()
@click.option("--from", "first", type=_DAY, required=True, callback=_day, help="Premier jour, compris.")
@click.option("--to", "last", type=_DAY, required=True, callback=_day, help="Dernier jour, compris.")
@click.option("--form", type=click.Choice(list(FORMS)), default="grand-livre", show_default=True)
@click.option("--out", type=click.File("wb"), default="-", help="Le fichier ; par défaut, l’écran.")
def export(first: date, last: date, form: str, out: BinaryIO) -> None:
    """Écrit les écritures d’une période en CSV : une ligne chacune, ou les deux lignes du journal comptable."""
    try:
        rows = rows_of(form, first, last)
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal

    out.writelines(csv_lines(chain([FORMS[form].titles], rows)))
