"""`flask demo`: the whole service on embedded parts, in a browser or without one; `flask demo fill`: many dossiers."""

from __future__ import annotations

import io
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from bonus.calendar import civil_date
from bonus.errors import InvalidInput, Refusal

from .filling.drawing import MOST

EXIT_UNUSABLE = 2
EXIT_INTERRUPTED = 130
# Our three invoices are of the month before, and none is read that is dated before 2000.
FIRST_DAY, LAST_DAY = date(2001, 1, 1), date(2099, 12, 31)

_WRONG_VALUE = {
    "port": "--port attend un nombre de 1 à 65535.",
    "dossiers": f"--dossiers attend un nombre de 1 à {MOST}.",
    "on": f"--on attend un jour qui existe, écrit AAAA-MM-JJ, de {FIRST_DAY.year} à {LAST_DAY.year}.",
}
# Whether a path can be used is said in French by what uses it, and one that cannot must not stop the others.
_PATH = click.Path(path_type=Path, readable=False)


class FrenchCommand(click.Command):
    """Says in one French sentence what click says of a wrong command in English, over three lines."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; a wrong option or value ends with status 2."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as wrong:
            _stop(f"L’option {wrong.option_name} n’existe pas : voyez flask demo --help.")
        except click.BadOptionUsage as wrong:
            _stop(f"L’option {wrong.option_name} est mal employée : voyez flask demo --help.")
        except click.BadParameter as wrong:
            name = (wrong.param and wrong.param.name) or ""
            _stop(_WRONG_VALUE.get(name, "La commande est mal écrite : voyez flask demo --help."))


def _stop(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(EXIT_UNUSABLE)


class DemoCommand(FrenchCommand):
    """`flask demo` takes invoices; a first word « fill » is a command of its own."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """As click does, of the command that is meant."""
        if args[:1] == ["fill"]:
            return fill.make_context(f"{info_name} fill", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, of the command that was meant."""
        return super().invoke(ctx) if ctx.command is self else ctx.command.invoke(ctx)


@click.command("demo", cls=DemoCommand)
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535), help="Port d’écoute.")
@click.option(
    "--folder",
    default=".demo",
    show_default=True,
    type=_PATH,
    help="Dossier des données de la démonstration.",
)
@click.option("--fresh", is_flag=True, help="Efface la démonstration précédente et recommence.")
@click.option("--empty", is_flag=True, help="Commence sans aucun dossier.")
@click.option("--headless", is_flag=True, help="Fait tout le travail sans navigateur.")
@click.option("--out", type=_PATH, help="Dossier des résultats (avec --headless).")
@click.option(
    "--on",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Jour joué, AAAA-MM-JJ (avec --headless ; sinon aujourd’hui).",
)
@click.argument("invoices", nargs=-1, type=_PATH)
def demo(
    port: int,
    folder: Path,
    fresh: bool,
    empty: bool,
    headless: bool,
    out: Path | None,
    on: datetime | None,
    invoices: tuple[Path, ...],
) -> None:
    """Démonstration du Bonus Souveraineté, tout compris (SQLite, Valkey, RQ). « flask demo fill » l’emplit."""
    _write_anything()
    try:
        if headless:
            sys.exit(_headless(out, on, invoices))
        if out or on or invoices:
            raise InvalidInput(
                "demo.options", "--out, --on et les factures ne s’emploient qu’avec --headless."
            )
        from .serve import serve

        serve(folder, port, fresh=fresh, story=not empty, say=click.echo)
    except Refusal as refusal:
        _stop(refusal.sentence)
    except KeyboardInterrupt:
        click.echo("Interrompu.", err=True)
        sys.exit(EXIT_INTERRUPTED)


def _headless(out: Path | None, on: datetime | None, invoices: tuple[Path, ...]) -> int:
    from .headless import run

    if out is None:
        raise InvalidInput(
            "demo.no_out", "Avec --headless, indiquez le dossier des résultats : --out DOSSIER."
        )
    day = on.date() if on else civil_date(datetime.now(UTC))
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInput("demo.day", _WRONG_VALUE["on"])
    return run(invoices, day, out, click.echo)


@click.command("fill", cls=FrenchCommand)
@click.option(
    "--dossiers",
    default=10_000,
    show_default=True,
    type=click.IntRange(1, MOST),
    help="Combien de dossiers ajouter.",
)
@click.option("--folder", default=".demo", show_default=True, type=_PATH, help="Dossier de la démonstration.")
@click.option("--fresh", is_flag=True, help="Efface la démonstration précédente et recommence.")
def fill(dossiers: int, folder: Path, fresh: bool) -> None:
    """Ajoute des dossiers fictifs à la démonstration, avec leurs entreprises : pour voir et mesurer les listes."""
    _write_anything()
    from .filling.fill import fill as fill_database
    from .folder import open_folder, settings_of
    from .serve import application, prepare

    try:
        with open_folder(folder, fresh=fresh):
            now = datetime.now(UTC)
            settings = settings_of(folder, "http://127.0.0.1", now)
            prepare(settings, folder, now, click.echo)
            with application(settings):
                fill_database(dossiers, now, click.echo)
    except Refusal as refusal:
        _stop(refusal.sentence)
    except KeyboardInterrupt:
        click.echo("Interrompu : rien n’a été ajouté.", err=True)
        sys.exit(EXIT_INTERRUPTED)


def _write_anything() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot write « é » gets « ? », not a crash
            stream.reconfigure(errors="replace")
