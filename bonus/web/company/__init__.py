"""The company's space: its dossiers, from invoices to decision, and its certificates."""

from . import filing, tables, tables_files
from .views import blueprint

__all__ = ["blueprint", "filing", "tables", "tables_files"]
