"""Pages anyone may open."""

from . import catalogue, health, home, invitation, open_data, signing, verification
from .views import blueprint

__all__ = ["blueprint", "catalogue", "health", "home", "invitation", "open_data", "signing", "verification"]
