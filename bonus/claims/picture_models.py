"""The pages of documents as pictures: drawn once, kept in the store."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bonus.extensions import Model


class DocumentSheets(Model):
    """How many ``pages`` a document has, counted once; 0 for what cannot be drawn."""

    __tablename__ = "document_sheets"
    __table_args__ = (CheckConstraint("pages >= 0", name="pages"),)

    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id"), primary_key=True, autoincrement=False
    )
    pages: Mapped[int]


class DocumentPicture(Model):
    """One page (from 1) of a document, as the picture that the store holds under ``stored_as``."""

    __tablename__ = "document_pictures"
    __table_args__ = (CheckConstraint("page > 0", name="page"),)

    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id"), primary_key=True, autoincrement=False
    )
    page: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stored_as: Mapped[str] = mapped_column(String(64), unique=True)
