"""Pages anyone may open."""

from . import (
    catalogue,
    contest,
    demo_mail,
    demo_post,
    draw,
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
)
from .views import blueprint

__all__ = [
    "blueprint",
    "catalogue",
    "contest",
    "demo_mail",
    "demo_post",
    "draw",
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
]
