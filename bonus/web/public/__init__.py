"""Pages anyone may open."""

from . import health, home, signing, verification
from .views import blueprint

__all__ = ["blueprint", "health", "home", "signing", "verification"]
