"""A real mail server on this machine, that takes mail, refuses it, or misbehaves as a test wants."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bonus.adapters.mail import Letter

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SUBJECT = (
    "La certification NFG de «\u00a0Suite bureautique\u00a0» se termine le 20\u00a0février 2027\u00a0: à lire"
)
LETTER = Letter(
    key="ends:supplier:1:2",
    sender="contact@bonus.example",
    sender_name="Service du Bonus Souveraineté",
    to="editeur@fournisseur.example",
    subject=SUBJECT,
    text="Madame, Monsieur,\n\nVoilà.",
    at=NOW,
)
USER, PASSWORD = "bonus", "a-password/that: nobody guesses"


@dataclass
class Postmaster:
    """What the server answers, by command; and what it took. ``hang_up`` cuts the line instead of answering."""

    answers: dict[str, str] = field(default_factory=dict)
    hang_up: str | None = None
    taken: list[Envelope] = field(default_factory=list)

    def messages(self) -> list[EmailMessage]:
        """What was taken, as a mail reader reads it."""
        return [read(envelope.original_content or b"") for envelope in self.taken]

    def _answer(self, command: str, server: SMTP) -> str:
        if self.hang_up == command:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.answers.get(command, "250 OK")

    async def handle_MAIL(  # noqa: N802 - aiosmtpd names them so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self._answer("MAIL", server)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._answer("RCPT", server)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self._answer("DATA", server)
        if answer.startswith("2"):
            self.taken.append(envelope)
        return answer

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return self.answers.get("QUIT", "221 Bye")


class _Controller(Controller):
    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # 0: any free one
        super()._trigger_server()


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=known)


@contextmanager
def mail_server(
    postmaster: Postmaster,
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    sign_in: bool = False,
) -> Iterator[int]:
    """The port of a server that answers on 127.0.0.1, for a ``with`` block."""
    options: dict[str, Any] = {}
    if starttls:
        options |= {"tls_context": starttls, "require_starttls": True}
    if sign_in:
        options |= {
            "authenticator": _authenticate,
            "auth_required": True,
            "auth_require_tls": starttls is not None,
        }
    controller = _Controller(postmaster, hostname="127.0.0.1", port=0, ssl_context=tls, **options)
    controller.start()
    try:
        yield int(controller.port)
    finally:
        controller.stop()


def read(data: bytes) -> EmailMessage:
    """A message from its bytes."""
    found = message_from_bytes(data, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def certificate(folder: Path, now: datetime) -> tuple[Path, ssl.SSLContext]:
    """A certificate of 127.0.0.1 that nobody signed but itself: its file, and what a server needs of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server of the tests")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "mail.crt", folder / "mail.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return public, context
