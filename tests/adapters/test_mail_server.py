"""Mail and a real SMTP server: what it takes, refuses, puts off; encryption; and servers that misbehave."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from bonus.adapters.mail import (
    MailAway,
    MailPostponed,
    SmtpMailer,
    SmtpServer,
    read_mail_url,
)
from bonus.errors import Refusal
from tests.support.smtp import LETTER, PASSWORD, SUBJECT, USER, Postmaster, certificate, mail_server

# ---------------------------------------------------------------- SMTP


@pytest.fixture
def postmaster() -> Postmaster:
    return Postmaster()


@pytest.fixture
def mailer(postmaster: Postmaster) -> Iterator[SmtpMailer]:
    with mail_server(postmaster) as port:
        yield SmtpMailer(SmtpServer("127.0.0.1", port, "none"), timeout=10)


def test_a_server_takes_it(mailer: SmtpMailer, postmaster: Postmaster) -> None:
    mailer.send(LETTER)
    mailer.send(LETTER)
    first, second = postmaster.messages()
    assert (first["Subject"], first.get_content()) == (SUBJECT, "Madame, Monsieur,\r\n\r\nVoilà.\r\n")
    assert first["Message-ID"] == second["Message-ID"]
    [envelope, _] = postmaster.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "contact@bonus.example",
        ["editeur@fournisseur.example"],
    )


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["550 5.1.1 No such user", "552 5.2.2 Mailbox full", "554 5.7.1 Spam"])
def test_what_a_server_refuses_for_good(
    mailer: SmtpMailer, postmaster: Postmaster, command: str, answer: str
) -> None:
    postmaster.answers[command] = answer
    with pytest.raises(Refusal) as refused:
        mailer.send(LETTER)
    assert refused.value.code == "mail.refused"
    assert refused.value.sentence == f"Le serveur de messagerie a refusé ce message\u00a0: {answer}"
    assert postmaster.taken == []


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["450 4.2.0 Greylisted", "451 4.3.0 Try again", "421 4.3.2 Shutting down"])
def test_what_a_server_takes_later(
    mailer: SmtpMailer, postmaster: Postmaster, command: str, answer: str
) -> None:
    postmaster.answers[command] = answer
    with pytest.raises(MailPostponed) as later:
        mailer.send(LETTER)
    assert str(later.value) == answer
    del postmaster.answers[command]
    mailer.send(LETTER)
    assert len(postmaster.taken) == 1


def test_the_words_of_a_server_are_kept_short_and_without_the_address(
    mailer: SmtpMailer, postmaster: Postmaster
) -> None:
    postmaster.answers["RCPT"] = f"550 <{LETTER.to}>: not here, {'really ' * 40}"
    with pytest.raises(Refusal) as refused:
        mailer.send(LETTER)
    assert LETTER.to not in refused.value.sentence
    assert "550 <…>: not here" in refused.value.sentence
    assert len(refused.value.sentence) < 260


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_line_that_is_cut_says_nothing_of_the_letter(
    mailer: SmtpMailer, postmaster: Postmaster, command: str
) -> None:
    postmaster.hang_up = command
    with pytest.raises(MailAway):
        mailer.send(LETTER)


def test_what_is_taken_is_taken_however_it_ends(mailer: SmtpMailer, postmaster: Postmaster) -> None:
    postmaster.answers["QUIT"] = "500 What?"
    mailer.send(LETTER)
    assert len(postmaster.taken) == 1


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(MailAway, match="ConnectionRefusedError"):
        SmtpMailer(SmtpServer("127.0.0.1", port, "none")).send(LETTER)


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(MailAway, match="gaierror"):
        SmtpMailer(SmtpServer("mail.invalid", 25, "none"), timeout=5).send(LETTER)


@pytest.mark.parametrize("greeting", [b"", b"554 No SMTP here\r\n", b"421 Busy\r\n", b"SSH-2.0\r\n"])
def test_who_does_not_speak_smtp_or_does_not_want_to(greeting: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            line, _ = listener.accept()
            with line:
                line.sendall(greeting)
                line.recv(100)  # until the other end gives up

        silent = threading.Thread(target=answer)
        silent.start()
        with pytest.raises(MailAway):
            SmtpMailer(SmtpServer("127.0.0.1", listener.getsockname()[1], "none"), timeout=0.3).send(LETTER)
        silent.join(10)
    assert not silent.is_alive()


@dataclass(frozen=True)
class Tls:
    """What a server needs to encrypt, and how this process comes to trust it."""

    context: ssl.SSLContext
    trust: Callable[[], None]


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tls:
    public, context = certificate(tmp_path, datetime.now(UTC))
    return Tls(context, lambda: monkeypatch.setenv("SSL_CERT_FILE", str(public)))


def url(scheme: str, port: int, password: str, query: str = "") -> str:
    return f"{scheme}://{USER}:{quote(password, safe='')}@127.0.0.1:{port}{query}"


def test_encrypted_once_connected_and_signed_in(postmaster: Postmaster, tls: Tls) -> None:
    tls.trust()
    with mail_server(postmaster, starttls=tls.context, sign_in=True) as port:
        SmtpMailer(read_mail_url(url("smtp", port, PASSWORD, "?starttls=1"))).send(LETTER)
    assert [message["Subject"] for message in postmaster.messages()] == [SUBJECT]


def test_encrypted_from_the_first_byte(postmaster: Postmaster, tls: Tls) -> None:
    tls.trust()
    with mail_server(postmaster, tls=tls.context) as port:
        SmtpMailer(SmtpServer("127.0.0.1", port, "tls")).send(LETTER)
    assert len(postmaster.taken) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
    postmaster: Postmaster, tls: Tls, security: str
) -> None:
    with (
        mail_server(
            postmaster,
            tls=tls.context if security == "tls" else None,
            starttls=tls.context if security == "starttls" else None,
        ) as port,
        pytest.raises(MailAway, match="certificate verify failed"),
    ):
        SmtpMailer(SmtpServer("127.0.0.1", port, security, USER, PASSWORD)).send(LETTER)
    assert postmaster.taken == []


def test_nothing_is_sent_in_clear_where_encryption_is_asked(
    mailer: SmtpMailer, postmaster: Postmaster
) -> None:
    port = mailer._server.port
    with pytest.raises(MailAway, match="STARTTLS extension not supported"):
        SmtpMailer(SmtpServer("127.0.0.1", port, "starttls", USER, PASSWORD)).send(LETTER)
    assert postmaster.taken == []


def test_a_wrong_password_is_no_fault_of_the_letter_and_is_not_repeated(
    postmaster: Postmaster, tls: Tls
) -> None:
    tls.trust()
    with (
        mail_server(postmaster, starttls=tls.context, sign_in=True) as port,
        pytest.raises(MailAway) as away,
    ):
        SmtpMailer(read_mail_url(url("smtp", port, "wrong-word", "?starttls=1"))).send(LETTER)
    assert str(away.value) == "the mail server refuses the user or the password (535)"
