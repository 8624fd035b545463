"""`flask lane draw`: a draw of the fast lane done again, by anyone (art. 12)."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from . import clock
from .calendar import civil_date
from .claims.lane_draw import check_seed, is_drawn, seed_hash
from .money import NBSP, format_rate
from .regulation import load_parameters

lane = AppGroup("lane", help="La voie rapide.")


def register(app: Flask) -> None:
    """Add these commands to the application."""
    app.cli.add_command(lane)


@lane.command()
@click.option("--seed", required=True, help="La graine publiée, 64 chiffres hexadécimaux.")
@click.option("--share", type=click.IntRange(0, 10_000), help="La part tirée, en points de base (500 = 5 %).")
@click.argument("numbers", nargs=-1, required=True, metavar="N°…")
def draw(seed: str, share: int | None, numbers: tuple[str, ...]) -> None:
    """Refait un tirage : dit l’empreinte de la graine, et quels dossiers elle tire au sort.

    Sans --share, la part est celle que le règlement prévoit aujourd’hui.
    """
    try:
        seed = check_seed(seed)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    bad = [number for number in numbers if not number.isascii()]
    if bad:
        raise click.UsageError(f"un numéro de dossier s’écrit comme BS-2026-000123, lu {bad[0]!r}")
    if share is None:
        share = load_parameters().integer("lane.draw_share", civil_date(clock.now()))
    click.echo(f"Empreinte SHA-256 de la graine{NBSP}: {seed_hash(seed)}")
    drawn = 0
    for number in numbers:
        found = is_drawn(seed, number, share)
        drawn += found
        click.echo(f"{number}{NBSP}: {'tiré au sort' if found else 'non tiré'}")
    click.echo(f"{drawn} sur {len(numbers)}, pour une part de {format_rate(share)}.")
