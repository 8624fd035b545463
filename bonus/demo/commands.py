"""`flask demo`: the whole service on embedded parts, in a browser or without one."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from bonus.calendar import civil_date
from bonus.errors import Refusal

EXIT_UNUSABLE = 2


@click.command("demo")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535), help="Port d’écoute.")
@click.option(
    "--folder", default=".demo", show_default=True, type=click.Path(path_type=Path, file_okay=False),
    help="Dossier des données de la démonstration.",
)
@click.option("--fresh", is_flag=True, help="Efface la démonstration précédente et recommence.")
@click.option("--headless", is_flag=True, help="Fait tout le travail sans navigateur.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Dossier des résultats (avec --headless).")
@click.option(
    "--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="Jour joué, AAAA-MM-JJ (avec --headless ; aujourd’hui par défaut)."
)
@click.argument("invoices", nargs=-1, type=click.Path(path_type=Path))
def demo(
    port: int,
    folder: Path,
    fresh: bool,
    headless: bool,
    out: Path | None,
    on: datetime | None,
    invoices: tuple[Path, ...],
) -> None:
    """Démonstration du Bonus Souveraineté, tout compris (SQLite, Valkey, RQ)."""
    if headless and out is None:
        raise click.UsageError("Avec --headless, indiquez le dossier des résultats : --out DOSSIER.")
    if not headless and (out or on or invoices):
        raise click.UsageError("--out, --on et les factures ne s’emploient qu’avec --headless.")
    try:
        if headless and out is not None:
            from .headless import run

            day = on.date() if on else civil_date(datetime.now(UTC))
            sys.exit(run(invoices, day, out, click.echo))
        from .serve import serve

        serve(folder, port, fresh=fresh, say=click.echo)
    except Refusal as refusal:
        click.echo(refusal.sentence, err=True)
        sys.exit(EXIT_UNUSABLE)
