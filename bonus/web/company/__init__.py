"""The company's space: its dossiers, from invoices to decision, and its certificates."""

from . import documents, entering, filing, lines
from .views import blueprint

__all__ = ["blueprint", "documents", "entering", "filing", "lines"]
