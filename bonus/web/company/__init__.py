"""The company's space: its dossiers, from invoices to decision, its certificates, and the company itself."""

from . import (
    answering,
    bank,
    documents,
    entering,
    establishment,
    explaining,
    exports,
    filing,
    following,
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
    "explaining",
    "exports",
    "filing",
    "following",
    "lines",
    "notices",
    "proof",
    "simulated",
    "tables",
    "tables_files",
    "team",
]
