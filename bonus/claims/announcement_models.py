"""Certifications that end soon: each end announced once, and which company was told of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.extensions import Model
from bonus.mail import MailMessage
from bonus.registry.models import Certification


class EndAnnouncement(Model):
    """The end of a certification, announced: another end date, after a correction, is another announcement.

    ``supplier_mail`` is what was written to its supplier; None while there is no address to write to.
    """

    __tablename__ = "end_announcements"
    __table_args__ = (UniqueConstraint("certification_id", "ends_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certification_id: Mapped[int] = mapped_column(ForeignKey("certifications.id"))
    ends_on: Mapped[date]
    announced_at: Mapped[datetime]
    supplier_mail_id: Mapped[int | None] = mapped_column(ForeignKey("mail_messages.id"), index=True)

    certification: Mapped[Certification] = relationship()
    supplier_mail: Mapped[MailMessage | None] = relationship()


class EndNotice(Model):
    """A company that prepared a dossier with the solution was told of an announced end."""

    __tablename__ = "end_notices"
    __table_args__ = (UniqueConstraint("announcement_id", "company_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("end_announcements.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    told_at: Mapped[datetime]
