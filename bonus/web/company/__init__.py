"""The company's space: its dossiers, from invoices to decision, and its certificates."""

from . import entering, filing
from .views import blueprint

__all__ = ["blueprint", "entering", "filing"]
