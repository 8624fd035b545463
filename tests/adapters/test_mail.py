"""Mail: what a message is made of, the address of a server, and the folder of the demonstration."""

from __future__ import annotations

import mailbox
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.adapters.mail import (
    MaildirMailer,
    SmtpMailer,
    SmtpServer,
    check_address,
    check_header,
    compose,
    is_address,
    read_mail_url,
    wrapped,
)
from bonus.errors import InvalidInput
from tests.support.smtp import LETTER, NOW, SUBJECT, read

# ---------------------------------------------------------------- what a message is made of


def test_a_message_is_read_as_it_was_written() -> None:
    data = compose(LETTER)
    message = read(data)
    assert message["Subject"] == SUBJECT
    assert message["From"].addresses[0].display_name == "Service du Bonus Souveraineté"
    assert message["From"].addresses[0].addr_spec == "contact@bonus.example"
    assert message["To"] == "editeur@fournisseur.example"
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert message["Date"].endswith("+0100")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    assert message.get_content() == "Madame, Monsieur,\r\n\r\nVoilà.\r\n"
    assert data.isascii()
    assert {line[-1:] for line in data.split(b"\n")[:-1]} == {b"\r"}


def test_the_message_id_is_that_of_the_key() -> None:
    later = replace(LETTER, at=NOW + timedelta(days=3), subject="Un autre objet")
    other = replace(LETTER, key="ends:supplier:1:3")
    found = [read(compose(letter))["Message-ID"] for letter in (LETTER, later, other)]
    assert found[0] == found[1] != found[2]
    assert found[0].endswith("@bonus.example>")
    assert LETTER.key not in found[0]


@pytest.mark.parametrize(
    "inside", ["\r\nBcc: a@b.fr", "\nBcc: a@b.fr", "\r", "\x00", "\x0b", "\u2028", "\u2029", "\x85"]
)
def test_no_header_follows_another(inside: str) -> None:
    for letter in (
        replace(LETTER, subject=f"Objet{inside}"),
        replace(LETTER, sender_name=f"Service{inside}"),
        replace(LETTER, to=f"a@editeur.fr{inside}"),
        replace(LETTER, sender=f"a@editeur.fr{inside}"),
    ):
        with pytest.raises(InvalidInput):
            compose(letter)


lines = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300)


@given(lines, lines)
def test_any_line_is_a_subject_or_a_name_and_adds_no_header(subject: str, name: str) -> None:
    data = compose(replace(LETTER, subject=subject, sender_name=name))
    message = message_from_bytes(data)
    assert sorted(message.keys()) == sorted(
        [
            "Auto-Submitted",
            "Content-Language",
            "Content-Transfer-Encoding",
            "Content-Type",
            "Date",
            "From",
            "MIME-Version",
            "Message-ID",
            "Subject",
            "To",
        ]
    )
    assert read(data)["Subject"] == subject
    assert max(len(line) for line in data.split(b"\r\n")) <= 998


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=600))
def test_any_text_is_cut_and_loses_no_character_that_is_seen(text: str) -> None:
    cut = wrapped(text)
    assert seen(cut) == seen(text)
    assert all(len(line) <= 72 or " " not in line.strip(" ") for line in cut.split("\n"))
    assert {one for one in cut if category(one) == "Cc"} <= {"\n"}


def seen(text: str) -> str:
    return "".join(one for one in text if not one.isspace() and category(one) != "Cc")


def test_paragraphs_are_cut_lists_are_indented_and_addresses_stay_whole() -> None:
    address = "https://bonus.example/" + "a-long-address/" * 8
    text = wrapped(f"{'mot ' * 30}\n\n- {'élément ' * 15}\n{address}")
    first, _, rest = text.partition("\n\n")
    assert [len(line) <= 72 for line in first.split("\n")] == [True, True]
    assert rest.split("\n")[0].startswith("- élément")
    assert rest.split("\n")[1].startswith("  élément")
    assert address in text.split("\n")


@pytest.mark.parametrize(
    "address",
    [
        "a@b.fr",
        "prenom.nom+bonus@sous.domaine.example",
        "o'neil@editeur.eu",
        "a@xn--socit-esab.fr",
        f"{'a' * 64}@b.fr",
        f"a@{'b' * 63}.fr",
    ],
)
def test_addresses(address: str) -> None:
    assert is_address(address)
    assert check_address(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "@b.fr",
        "a@.fr",
        "a@b..fr",
        "a.@b.fr",
        ".a@b.fr",
        "a..b@c.fr",
        "a@b.fr, c@d.fr",
        "a b@c.fr",
        "a@b.fr ",
        "a@b.fr\n",
        "<a@b.fr>",
        "Nom <a@b.fr>",
        '"a b"@c.fr',
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "é@b.fr",
        "a@société.fr",
        "a@-b.fr",
        "a@b-.fr",
        f"{'a' * 65}@b.fr",
        f"a@{'b' * 64}.fr",
        f"a@{'b.' * 126}fr",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(InvalidInput) as refused:
        check_address(text)
    assert refused.value.field == "email"


def test_a_header_is_given_back() -> None:
    assert check_header(SUBJECT) == SUBJECT


# ---------------------------------------------------------------- the address of the server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25, "none")),
        ("smtp://mail.example/?starttls=0", SmtpServer("mail.example", 25, "none")),
        ("smtp://mail.example?starttls=1", SmtpServer("mail.example", 587, "starttls")),
        ("smtps://mail.example", SmtpServer("mail.example", 465, "tls")),
        (
            "smtp://jo%40example:p%2Fw%3A%25@mail.example:2525?starttls=1",
            SmtpServer("mail.example", 2525, "starttls", "jo@example", "p/w:%"),
        ),
        ("smtp://[::1]:2525", SmtpServer("::1", 2525, "none")),
    ],
)
def test_what_the_address_of_the_server_says(url: str, server: SmtpServer) -> None:
    assert read_mail_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://:secret-word@",
        "smtp://mail.example:port",
        "smtp://u:secret-word@mail.example:99999?starttls=1",
        "smtp://mail.example?starttls=yes",
        "smtp://mail.example?starttls",
        "smtps://mail.example?starttls=1",
        "smtp://mail.example?timeout=3",
        "smtp://mail.example/folder",
        "smtp://u:secret-word#@mail.example?starttls=1",
        "smtp://u:secret-word@mail.example",
        "smtp://u@mail.example?starttls=1",
        "smtp://:secret-word@mail.example?starttls=1",
        "smtp://u:secret-wörd@mail.example?starttls=1",
        "smtp://[::1",
    ],
)
def test_what_is_no_address_of_a_server_is_said_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^MAIL_URL ") as refused:
        read_mail_url(url)
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_password_is_in_no_description() -> None:
    server = read_mail_url("smtps://user:secret-word@mail.example")
    assert "secret" not in f"{server!r} {server} {vars(SmtpMailer(server))}"


# ---------------------------------------------------------------- a folder


def test_a_folder_keeps_it_for_any_mail_reader(tmp_path: Path) -> None:
    MaildirMailer(tmp_path / "mail").send(LETTER)
    box = mailbox.Maildir(tmp_path / "mail", create=False)
    [kept] = box
    data = kept.as_bytes()
    assert b"\r" not in data
    assert (read(data)["Subject"], read(data).get_content()) == (SUBJECT, "Madame, Monsieur,\n\nVoilà.\n")
    assert list((tmp_path / "mail" / "tmp").iterdir()) == []
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0
    assert next((tmp_path / "mail" / "new").iterdir()).stat().st_mode & 0o077 == 0


def test_sent_again_it_is_there_once_read_or_not(tmp_path: Path) -> None:
    mailer = MaildirMailer(tmp_path)
    mailer.send(LETTER)
    mailer.send(LETTER)
    box = mailbox.Maildir(tmp_path, create=False)
    [(key, message)] = box.items()
    message.set_subdir("cur")  # what a reader does of a message once opened
    message.set_flags("RS")
    box[key] = message
    mailer.send(LETTER)
    mailer.send(replace(LETTER, key="another"))
    assert len(mailbox.Maildir(tmp_path, create=False)) == 2


def test_what_a_run_that_was_killed_left_is_no_message(tmp_path: Path) -> None:
    mailer = MaildirMailer(tmp_path)
    mailer.send(replace(LETTER, key="another"))
    (tmp_path / "tmp" / "half").write_bytes(b"From: half of")
    mailer.send(LETTER)
    assert len(mailbox.Maildir(tmp_path, create=False)) == 2


def test_a_folder_refuses_what_no_server_would_take(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        MaildirMailer(tmp_path).send(replace(LETTER, subject="Objet\nBcc: a@b.fr"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
