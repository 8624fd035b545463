"""The commands of the law: `flask evaluate`, `flask regulation check`, `flask regulation show`.

They need no setting, no database and no queue: a ministry tries a text before any service exists.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import click
from flask import Flask

from .regulation.loader import FOLDER, ParametersError, load_parameters
from .regulation.reader import InvalidFacts
from .regulation.scenario import evaluate_scenario
from .regulation.show import law_of
from .regulation.values import Parameters
from .regulation.wording import french

UNUSABLE = 2


def register(app: Flask) -> None:
    """Add these commands to the application."""
    app.cli.add_command(evaluate)
    app.cli.add_command(regulation)


_folder = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=FOLDER,
    help="Dossier des paramètres (ceux du service par défaut).",
)


@click.command()
@click.argument("scenario")
@click.option("--pretty", is_flag=True, help="Met le résultat en page.")
@_folder
def evaluate(scenario: str, pretty: bool, folder: Path) -> None:
    """Applique le règlement au fichier SCENARIO (JSON, ou - pour l’entrée standard) et écrit le résultat.

    État de sortie 2 quand le scénario n’a pas la forme attendue : chaque défaut est dit, avec son chemin.
    """
    law = _law(folder, UNUSABLE)
    try:
        content = sys.stdin.buffer.read() if scenario == "-" else Path(scenario).read_bytes()
    except OSError as error:
        click.echo(french(f"{scenario} : fichier illisible ({error.strerror})"), err=True)
        sys.exit(UNUSABLE)
    try:
        outcome = evaluate_scenario(content, law)
    except InvalidFacts as error:
        for path, reason in error.faults:
            click.echo(french(f"{path} : {reason}"), err=True)
        sys.exit(UNUSABLE)
    except OverflowError:
        click.echo(french("$ : la somme des montants dépasse ce qui peut être calculé sans erreur"), err=True)
        sys.exit(UNUSABLE)
    text = json.dumps(outcome, ensure_ascii=False, indent=2 if pretty else None)
    click.echo(text.encode())  # in UTF-8 whatever the terminal says


@click.group()
def regulation() -> None:
    """Les paramètres datés du règlement : les vérifier, les lire."""


@regulation.command()
@_folder
def check(folder: Path) -> None:
    """Dit tout ce qui ne va pas dans les paramètres ; état de sortie 1 s’il y a une faute."""
    law = _law(folder, 1)
    versions = sum(len(parameter.versions) for parameter in law.table.values())
    click.echo(
        french(
            f"Rien à signaler : {len(law.table)} paramètres, {versions} versions, empreinte {law.version}."
        )
    )


@regulation.command()
@click.option(
    "--on", "on", type=click.DateTime(["%Y-%m-%d"]), required=True, metavar="DATE", help="Jour, AAAA-MM-JJ."
)
@_folder
def show(on: datetime, folder: Path) -> None:
    """Écrit le règlement d’un jour : chaque valeur, son unité, son article, sa date d’effet et son modèle."""
    for line in law_of(_law(folder, 1), on.date()):
        click.echo(line)


def _law(folder: Path, status: int) -> Parameters:
    """The parameters of a folder; all that is wrong with them is said on the error output otherwise."""
    try:
        return load_parameters(folder)
    except ParametersError as error:
        for fault in error.faults:
            click.echo(french(str(fault)), err=True)
        sys.exit(status)
