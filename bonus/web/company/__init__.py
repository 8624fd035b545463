"""The company's space: its dossiers, from invoices to decision, its certificates, and the company itself."""

from . import (
    answering,
    bank,
    documents,
    entering,
    establishment,
    exports,
    filing,
    following,
    lane,
    lines,
    notices,
    proof,
    simulated,
    tables,
    tables_files,
    team,
)
from .views import blueprint

__all__ = [
    "answering",
    "bank",
    "blueprint",
    "documents",
    "entering",
    "establishment",
    "exports",
    "filing",
    "following",
    "lane",
    "lines",
    "notices",
    "proof",
    "simulated",
    "tables",
    "tables_files",
    "team",
]
