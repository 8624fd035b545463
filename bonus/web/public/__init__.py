"""Pages anyone may open."""

from . import (
    catalogue,
    demo_mail,
    demo_post,
    factor,
    health,
    home,
    invitation,
    open_data,
    proconnect,
    proconnect_account,
    risks,
    sign_up,
    signing,
    simulator,
    verification,
    welcome,
)
from .views import blueprint

__all__ = [
    "blueprint",
    "catalogue",
    "demo_mail",
    "demo_post",
    "factor",
    "health",
    "home",
    "invitation",
    "open_data",
    "proconnect",
    "proconnect_account",
    "risks",
    "sign_up",
    "signing",
    "simulator",
    "verification",
    "welcome",
]
