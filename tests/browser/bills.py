"""The invoices dropped in the journey, and the bonus they give, worked out here by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bonus.calendar import civil_date
from bonus.demo.invoices import make_invoices


@dataclass(frozen=True)
class Bills:
    """The files, and what they hold in cents. The service reads the machine's clock: dates follow it."""

    invoice: Path
    credit_note: Path
    other_invoice: Path
    stranger: Path  # a file that is no invoice
    bought: date
    hosting_base: int  # of 11 400 € for two years, what falls in the first (art. 5.2)

    @property
    def hosting_bonus(self) -> int:
        """30 % of cloud, 10 points of an SME, 5 points of two labels (art. 6)."""
        return _half_up(self.hosting_base * 45, 100)

    @property
    def base(self) -> int:
        """Hosting; office suite 3 648 € less 456 € of credit note; audit; data platform in two lines."""
        return self.hosting_base + 3_192_00 + 3_515_00 + 4_200_00 + 650_00

    @property
    def bonus(self) -> int:
        """Hosting; 35 % of the suite and of the data platform; 45 % of the audit."""
        return self.hosting_bonus + 1_117_20 + 1_581_75 + 1_470_00 + 227_50


def make_bills(folder: Path) -> Bills:
    """Write the demonstration's invoices of the month before today, all of one fiscal year."""
    on = _day_of_one_year(civil_date(datetime.now(UTC)))
    invoice, credit_note, other = write_invoices(folder, on)
    stranger = folder / "compte-rendu.pdf"
    stranger.write_text("Compte rendu de réunion\n")
    bought = on - timedelta(days=24)
    year, two_years = (date(bought.year + years, bought.month, bought.day) - bought for years in (1, 2))
    return Bills(
        invoice, credit_note, other, stranger, bought, _half_up(11_400_00 * year.days, two_years.days)
    )


def write_invoices(folder: Path, on: date) -> list[Path]:
    """The demonstration's three files as of a day: Factur-X invoice, its credit note, UBL invoice."""
    paths = []
    for name, content in make_invoices(on):
        path = folder / name
        path.write_bytes(content)
        paths.append(path)
    return paths


def older_day(days: int) -> date:
    """A day before today, to make invoices that no other test files."""
    return civil_date(datetime.now(UTC)) - timedelta(days=days)


def _day_of_one_year(today: date) -> date:
    """Today, or in January the last day of the year before: invoices of two years make two certificates.

    The two years of hosting are not made to begin on a 29 February, of which there is one in four.
    """
    bought = today - timedelta(days=24)
    if bought.year != today.year:
        return date(today.year - 1, 12, 31)
    return today - timedelta(days=1) if (bought.month, bought.day) == (2, 29) else today


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
