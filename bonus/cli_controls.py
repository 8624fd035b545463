"""`flask controls draw`: the sample of a campaign drawn again, by anyone who has its seed and its list."""

from __future__ import annotations

import csv
from typing import TextIO

import click
from flask import Flask
from flask.cli import AppGroup

from .claims.campaign_draw import draw, population_sha256, read_layers
from .errors import InvalidInput
from .money import NBSP

controls = AppGroup("controls", help="Les campagnes de contrôles.")


def register(app: Flask) -> None:
    """Add these commands to the application."""
    app.cli.add_command(controls)


@controls.command("draw")
@click.argument("population", type=click.File(encoding="utf-8-sig"), metavar="LISTE.csv")
@click.option("--seed", required=True, metavar="GRAINE")
@click.option("--layers", required=True, metavar="STRATES", help="Par exemple : 0:5%,1-2:10%,3+:20")
def draw_again(population: TextIO, seed: str, layers: str) -> None:
    """Refait le tirage d’une campagne, à partir de sa graine et de sa liste (numéro ; poids). Sans base de données."""
    try:
        asked = read_layers(layers)
    except InvalidInput as refusal:
        raise click.BadParameter(refusal.sentence, param_hint="--layers") from refusal
    listed = []
    for row in csv.reader(population, delimiter=";"):
        if len(row) < 2 or not row[1].strip().isdecimal():
            continue  # the titles, an empty line
        listed.append((row[0].strip(), int(row[1])))
    click.echo(f"Liste de {len(set(listed))} dossiers, empreinte {population_sha256(listed)}")
    for one in draw(seed, listed, asked):
        click.echo(f"{one.layer.words}{NBSP}: {len(one.numbers)} sur {one.population}")
        for number in one.numbers:
            click.echo(f"  {number}")
