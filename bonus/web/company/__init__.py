"""The company's space: its dossiers, from invoices to decision, its certificates, and the company itself."""

from . import (
    bank,
    documents,
    entering,
    establishment,
    exports,
    filing,
    lines,
    notices,
    simulated,
    tables,
    tables_files,
    team,
)
from .views import blueprint

__all__ = [
    "bank",
    "blueprint",
    "documents",
    "entering",
    "establishment",
    "exports",
    "filing",
    "lines",
    "notices",
    "simulated",
    "tables",
    "tables_files",
    "team",
]
