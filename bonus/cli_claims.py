"""`flask claims replay`: every decision applied again, to the cent; `cards`: the agents’ lists made anew."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import AppGroup

from . import clock
from .claims.assignment import assign_unassigned
from .claims.cards_rebuild import rebuild
from .claims.replay import replay as replay_decisions
from .claims.reporting_measures import measure as measure_months

claims = AppGroup("claims", help="Les dossiers.")


def register(app: Flask) -> None:
    """Add these commands to the application."""
    app.cli.add_command(claims)


@claims.command()
@click.argument("numbers", nargs=-1, metavar="[N°…]")
@click.option("--all", "everything", is_flag=True, help="Toutes les décisions.")
def replay(numbers: tuple[str, ...], everything: bool) -> None:
    """Applique à nouveau le règlement du jour de chaque décision à ses faits scellés ; dit ce qui ne concorde pas.

    État de sortie 1 si une décision ne concorde pas ou n’est pas trouvée, 2 si rien n’est demandé.
    """
    if bool(numbers) == everything:
        raise click.UsageError("indiquez des numéros de dossier, ou --all.")
    found, wrong = set(), 0
    for played in replay_decisions(None if everything else numbers):
        found.add(played.number)
        wrong += bool(played.differences)
        for difference in played.differences:
            click.echo(f"{played.number}\u00a0: {difference}")
    missing = [number for number in numbers if number not in found]
    for number in missing:
        click.echo(f"{number}\u00a0: aucune décision sous ce numéro.")
    click.echo(f"{len(found)} décision(s) rejouée(s), {wrong} en désaccord.")
    sys.exit(1 if wrong or missing else 0)


@claims.command()
def cards() -> None:
    """Refait les listes des agents (fiches, compteurs, mots des noms) à partir des dossiers déposés.

    À lancer après une mise à jour du service, ou après une écriture dans la base à la main.
    """
    made = rebuild(lambda done: click.echo(f"{done} fiches…"))
    click.echo(f"{made} fiche(s) refaite(s).")


@claims.command()
def measure() -> None:
    """Compte à nouveau les mois du pilotage, d’après les étapes des dossiers."""
    counted = measure_months(clock.now())
    click.echo(f"{counted} mois compté(s).")


@claims.command()
def assign() -> None:
    """Donne par règle les dossiers en cours dont personne n’est chargé."""
    given = assign_unassigned(clock.now())
    click.echo(f"{given} dossier(s) attribué(s).")
