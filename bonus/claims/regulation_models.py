"""The texts of the law that decisions were made under."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bonus.extensions import Model


class RegulationVersion(Model):
    """The text of the parameters a decision was made under, kept so that it can be replayed to the letter."""

    __tablename__ = "regulation_versions"

    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    first_used_at: Mapped[datetime]
