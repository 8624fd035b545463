"""The accountants' space."""

from .views import blueprint

__all__ = ["blueprint"]
