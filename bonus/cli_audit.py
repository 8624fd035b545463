"""`flask audit …`: the log of all acts, walked from end to end."""

from __future__ import annotations

import sys
import time

import click
from flask import Flask
from flask.cli import AppGroup

from .audit.verification import KINDS, Anchor, Walk, head_anchor
from .money import NBSP
from .regulation.wording import grouped

audit = AppGroup("audit", help="Le journal des actes.")


def register(app: Flask) -> None:
    """Add these commands to the application."""
    app.cli.add_command(audit)


def _anchor(_context: click.Context, _parameter: click.Parameter, text: str | None) -> Anchor | None:
    try:
        return None if text is None else Anchor.read(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@audit.command()
@click.option(
    "--anchor",
    metavar="EMPREINTE:NOMBRE",
    callback=_anchor,
    help="Un repère noté un autre jour (« flask audit anchor ») : le journal doit encore le porter.",
)
@click.option("--most", default=100, show_default=True, help="Anomalies écrites ; les autres sont comptées.")
def verify(anchor: Anchor | None, most: int) -> None:
    """Dit ce qui, dans le journal, a été modifié, retiré, ajouté ou déplacé à la main, et où.

    État de sortie 1 s’il y a une anomalie. La fin réécrite avec la tête ne se voit qu’avec un repère.
    """
    began = time.monotonic()
    walk = Walk(anchor, release=True)
    faults = 0
    for fault in walk:
        faults += 1
        if faults <= most:
            click.echo(f"[{KINDS[fault.kind]}] {fault.sentence}")
    if faults > most:
        click.echo(f"… et {grouped(faults - most)} de plus.")
    seconds = time.monotonic() - began
    click.echo(
        f"{_counted(walk.count, 'entrée lue', 'entrées lues')} en {seconds:.1f}{NBSP}s, "
        f"{_counted(faults, 'anomalie', 'anomalies') if faults else 'aucune anomalie'}."
    )
    if not faults and walk.count:
        click.echo(f"Repère à noter hors de la base{NBSP}: {walk.last_hash}:{walk.count}")
    sys.exit(1 if faults else 0)


def _counted(number: int, one: str, several: str) -> str:
    return f"{grouped(number)} {one if number < 2 else several}"


@audit.command("anchor")
def show_anchor() -> None:
    """Écrit le repère d’aujourd’hui, à noter hors de la base."""
    found = head_anchor()
    if found is None:
        raise click.ClickException("le journal est vide.")
    click.echo(str(found))
