"""The company's space: its dossiers, from invoices to decision, and its certificates."""

from . import documents, filing, lines
from .views import blueprint

__all__ = ["blueprint", "documents", "filing", "lines"]
