"""Mail, plain text in UTF-8: how a message is written, and the two ways it leaves: SMTP, or a Maildir folder.

A message's ``Message-ID`` comes from its key, so that one sent twice is known for one.
"""

from __future__ import annotations

import hashlib
import os
import re
import smtplib
import ssl
import textwrap
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from bonus.calendar import PARIS
from bonus.errors import InvalidInput, Refusal
from bonus.money import NBSP

LINE_LENGTH = 72
TIMEOUT_SECONDS = 30.0
MOST_ADDRESS = 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}")
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_SECURITY = {
    ("smtp", None): "none",
    ("smtp", "0"): "none",
    ("smtp", "1"): "starttls",
    ("smtps", None): "tls",
}
_PORTS = {"none": 25, "starttls": 587, "tls": 465}


class MailAway(ConnectionError):
    """The mail server does not answer, or does not let us in: nothing is said of the message."""


class MailPostponed(ConnectionError):
    """The mail server says "later" of this message (an answer 4xx)."""


@dataclass(frozen=True)
class Letter:
    """One message: ``key`` names it for good, ``at`` is when it was written, ``text`` has a line a paragraph."""

    key: str
    sender: str
    sender_name: str
    to: str
    subject: str
    text: str
    at: datetime


class Mailer(Protocol):
    """A way for letters to leave."""

    def send(self, letter: Letter) -> None:
        """Hand one over. Raises MailAway or MailPostponed when it may leave later, Refusal when it never will."""
        ...


# ---------------------------------------------------------------- what a message is made of


def is_address(text: str) -> bool:
    """Whether a text is one plain e-mail address, that any server takes (no accent, no quotes, no comment)."""
    return len(text) <= MOST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def check_header(text: str) -> str:
    """The text itself, if a header may hold it: one line. Raises InvalidInput: no header of another's may follow."""
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise InvalidInput(
            "mail.header",
            "L’objet et l’adresse d’un courriel tiennent sur une ligne, sans caractère invisible.",
        )
    return text


def check_address(text: str) -> str:
    """The text itself, if it is an address. Raises InvalidInput."""
    if not is_address(text):
        raise InvalidInput(
            "mail.address",
            f"Cette adresse électronique n’en est pas une{NBSP}: écrivez par exemple contact@editeur.fr.",
            field="email",
        )
    return text


def compose(letter: Letter, linesep: str = "\r\n") -> bytes:
    """The message as it travels. Raises InvalidInput when a header would not be one line."""
    # The older classes of the standard library: the newer ones lose spaces where a long subject is folded.
    message: Message = MIMEText(wrapped(letter.text), "plain", _UTF8)  # type: ignore[arg-type]
    message["From"] = formataddr((check_header(letter.sender_name), check_address(letter.sender)))
    message["To"] = check_address(letter.to)
    message["Subject"] = Header(  # type: ignore[assignment]
        check_header(letter.subject), "utf-8", header_name="Subject"
    )
    message["Date"] = format_datetime(letter.at.astimezone(PARIS))
    message["Message-ID"] = f"<{digest(letter.key)}@{letter.sender.rpartition('@')[2]}>"
    message["Content-Language"] = "fr"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence message answers it
    return message.as_bytes(policy=policy.compat32.clone(linesep=linesep))


def digest(key: str) -> str:
    """A key in 40 characters that any header or file name may bear."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def wrapped(text: str) -> str:
    """A text whose lines are paragraphs, cut at 72 characters where a space allows; addresses stay whole."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        shown = "".join(" " if unicodedata.category(one) in {"Cc", "Cs"} else one for one in paragraph)
        indent = "  " if shown.startswith("- ") else ""
        lines += textwrap.wrap(
            shown, LINE_LENGTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return "\n".join(lines).strip("\n") + "\n"


# ---------------------------------------------------------------- SMTP


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over. ``security``: none, starttls or tls."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)


def read_mail_url(url: str) -> SmtpServer:
    """What ``MAIL_URL`` says: ``smtp://user:password@host:587?starttls=1``, ``smtps://host``…

    Raises ValueError with a sentence for the operator, that repeats nothing of it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        options = (
            dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)) if parts.query else {}
        )
    except ValueError:
        parts, port, options = urlsplit(""), None, {}
    security = _SECURITY.get((parts.scheme, options.pop("starttls", None)))
    if not security or not parts.hostname or options or parts.path not in {"", "/"} or parts.fragment:
        raise ValueError(
            "MAIL_URL must be smtp://user:password@host:587?starttls=1 or smtps://user:password@host "
            "(what is not a letter or a digit in the password percent-encoded)."
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii() or bool(user) != bool(password):
        raise ValueError("MAIL_URL must give both a user and a password, in ASCII, or none.")
    if user and security == "none":
        raise ValueError("MAIL_URL would send its password in clear: add ?starttls=1, or use smtps://.")
    return SmtpServer(parts.hostname, port or _PORTS[security], security, user, password)


class SmtpMailer:
    """Hands each letter to a mail server, over a connection of its own."""

    def __init__(self, server: SmtpServer, timeout: float = TIMEOUT_SECONDS) -> None:
        self._server = server
        self._timeout = timeout

    def send(self, letter: Letter) -> None:
        """See ``Mailer``. An answer 5xx is a Refusal with the server's words; 4xx is "later"."""
        data = compose(letter)
        client = self._open()
        try:
            client.sendmail(letter.sender, [letter.to], data)
        except smtplib.SMTPRecipientsRefused as error:
            raise _answered(*error.recipients[letter.to], letter) from error
        except smtplib.SMTPResponseException as error:
            raise _answered(error.smtp_code, error.smtp_error, letter) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailAway(_words(error)) from error
        finally:
            # What the server took is taken, however it says goodbye.
            with suppress(smtplib.SMTPException, OSError):
                client.quit()
            client.close()

    def _open(self) -> smtplib.SMTP:
        """A connection, encrypted and signed in as the address says. What fails here is no fault of a letter."""
        server, context = self._server, ssl.create_default_context()
        client: smtplib.SMTP | None = None
        try:
            if server.security == "tls":
                client = smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=context)
            else:
                client = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
            if server.security == "starttls":
                client.starttls(context=context)
            if server.user:
                client.login(server.user, server.password)
        except (smtplib.SMTPException, OSError) as error:
            if client is not None:
                client.close()
            raise MailAway(_words(error)) from error
        return client


def _answered(code: int, answer: bytes | str, letter: Letter) -> MailAway | MailPostponed | Refusal:
    """What a server's answer to a letter means. Its words are kept, the address taken out of them."""
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    words = " ".join(f"{code} {words}".replace(letter.to, "…").split())[:200]
    if 500 <= code <= 599:
        return Refusal("mail.refused", f"Le serveur de messagerie a refusé ce message{NBSP}: {words}")
    return MailPostponed(words) if 400 <= code <= 499 else MailAway(words)


def _words(error: Exception) -> str:
    """One line on a connection that fails; of a failed sign-in the code alone: it may repeat who signs in."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the mail server refuses the user or the password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
        return f"the mail server answered {error.smtp_code} {words}"
    return f"{type(error).__name__}: {error}"


# ---------------------------------------------------------------- a folder


class MaildirMailer:
    """Keeps each letter in a Maildir folder, which any mail reader opens: the demonstration's, and development's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letter: Letter) -> None:
        """See ``Mailer``. A letter whose key is there already, read or not, is not written a second time."""
        data = compose(letter, "\n")
        for name in ("", "tmp", "new", "cur"):
            (self._folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{digest(letter.key)}.eml"  # what a double click opens
        if any((self._folder / "cur").glob(f"{name}*")):
            return
        partial = self._folder / "tmp" / f"{name}.{os.getpid()}"
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self._folder / "new" / name)
