"""Settings: where they come from, and those a service must not be started with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from limits.storage import storage_from_string

from bonus.config import DEFAULTS, ensure_safe, load_settings, problems
from bonus.errors import UnsafeConfiguration

PROJECT = Path(__file__).parents[1]
SAFE: dict[str, Any] = {
    "SECRET_KEY": "0123456789abcdef" * 2,
    "DATABASE_URL": "postgresql://db/bonus",
    "REDIS_URL": "redis://queue/0",
    "SEAL_KEY_FILE": __file__,
    "SEAL_KEY_PASSPHRASE": "passphrase",
    "MAIL_URL": "smtps://bonus:word@mail.service.example",
    "COMPANY_DIRECTORY_URL": "https://annuaire.service.example",
    "DE_MINIMIS_REGISTER_URL": "https://minimis.service.example",
    "DEBTOR_IBAN": "FR7630001007941234567890185",
    "PUBLIC_URL": "https://bonus.example",
    "SERVICE_ADDRESS": "1 rue du Service, 75001 Paris",
    "SERVICE_EMAIL": "bonus@service.example",
    "SERVICE_TELEPHONE": "01 02 03 04 05",
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DEFAULTS:
        monkeypatch.delenv(name, raising=False)


def test_these_are_safe() -> None:
    assert problems(load_settings(SAFE)) == []
    ensure_safe(load_settings(SAFE))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
        ({"SECRET_KEY": "0123456789abcdef0123456789abcde"}, "SECRET_KEY is shorter than 32 characters."),
        ({"SECRET_KEY": "abc" * 20}, "SECRET_KEY repeats a few characters: draw a random one."),
        ({"DEBTOR_IBAN": "FR7630001007941234567890186"}, "DEBTOR_IBAN is not a valid IBAN."),
        ({"SEAL_KEY_FILE": "/no/such/file"}, "SEAL_KEY_FILE is not a file."),
        ({"SERVICE_EMAIL": DEFAULTS["SERVICE_EMAIL"]}, "SERVICE_EMAIL is not set."),
        ({"SERVICE_EMAIL": "bonus@service"}, "SERVICE_EMAIL is not an e-mail address."),
        ({"MAIL_URL": ""}, "MAIL_URL is not set."),
        ({"COMPANY_DIRECTORY_URL": ""}, "COMPANY_DIRECTORY_URL is not set."),
        ({"DE_MINIMIS_REGISTER_URL": ""}, "DE_MINIMIS_REGISTER_URL is not set."),
        (
            {"DE_MINIMIS_REGISTER_URL": "http://minimis.service.example"},
            "DE_MINIMIS_REGISTER_URL must be https://host (http only on this machine).",
        ),
        (
            {"COMPANY_DIRECTORY_URL": "http://annuaire.service.example"},
            "COMPANY_DIRECTORY_URL must be https://host (http only on this machine).",
        ),
        ({"CLAMD_URL": "clamd.ctl"}, "CLAMD_URL is neither unix:///path nor tcp://host:port."),
        ({"CLAMD_URL": "tcp://antivirus:port"}, "CLAMD_URL is neither unix:///path nor tcp://host:port."),
        (
            {"PROCONNECT_ISSUER": "https://proconnect.example", "PROCONNECT_CLIENT_ID": "bonus"}
            | {"PROCONNECT_CLIENT_SECRET": "a secret"},
            "PROCONNECT_ACR_VALUES is not set, though others of ProConnect are.",
        ),
        (
            {"MAIL_URL": "smtp://bonus:word@mail.service.example"},
            "MAIL_URL would send its password in clear: add ?starttls=1, or use smtps://.",
        ),
        (
            {"DATABASE_URL": "sqlite:///bonus.sqlite"},
            "DATABASE_URL must name a PostgreSQL database: SQLite is for the demo.",
        ),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set."),
        ({"REDIS_URL": ""}, "REDIS_URL is not set."),
        ({"SEAL_KEY_FILE": ""}, "SEAL_KEY_FILE is not set."),
        ({"SEAL_KEY_PASSPHRASE": ""}, "SEAL_KEY_PASSPHRASE is not set."),
        ({"DEBTOR_IBAN": ""}, "DEBTOR_IBAN is not set."),
        ({"SECURE_COOKIES": False}, "SECURE_COOKIES is off: only the demo may do without https."),
        ({"PUBLIC_URL": "http://bonus.example"}, "PUBLIC_URL must start with https://."),
    ],
)
def test_each_unsafe_setting_is_named(change: dict[str, Any], sentence: str) -> None:
    settings = load_settings(SAFE | change)
    assert problems(settings) == [sentence]
    with pytest.raises(UnsafeConfiguration) as stopped:
        ensure_safe(settings)
    assert str(stopped.value) == f"The service cannot start: {sentence}"


def test_all_reasons_are_said_at_once() -> None:
    found = problems(load_settings())
    assert len(found) == 13
    assert found[0] == "SECRET_KEY is not set."


def test_the_demo_may_do_without_https_and_a_mail_server_and_without_that_alone() -> None:
    demo = SAFE | {
        "DEMO": True,
        "SECURE_COOKIES": False,
        "PUBLIC_URL": "http://127.0.0.1:5000",
        "MAIL_URL": "",
        "COMPANY_DIRECTORY_URL": "",
        "DE_MINIMIS_REGISTER_URL": "",
    }
    assert problems(load_settings(demo)) == []
    assert problems(load_settings(demo | {"SECRET_KEY": ""})) == ["SECRET_KEY is not set."]


def test_the_environment_is_read_and_overrides_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TELEPHONE", "01 02 03 04 05")
    monkeypatch.setenv("TRUSTED_PROXIES", "2")
    monkeypatch.setenv("DEMO", "yes")
    settings = load_settings()
    assert (settings["SERVICE_TELEPHONE"], settings["TRUSTED_PROXIES"], settings["DEMO"]) == (
        "01 02 03 04 05",
        2,
        True,
    )
    assert load_settings({"DEMO": False})["DEMO"] is False


@pytest.mark.parametrize("text", ["0", "false", "No", "off", ""])
def test_ways_to_say_no(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SECURE_COOKIES", text)
    assert load_settings()["SECURE_COOKIES"] is False


@pytest.mark.parametrize(("name", "text"), [("SECURE_COOKIES", "peut-être"), ("TRUSTED_PROXIES", "-1")])
def test_a_setting_that_cannot_be_read_stops_the_service(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(UnsafeConfiguration, match=f"{name} must be .* not '{text}'"):
        load_settings()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_the_usual_address_of_postgresql_gets_its_driver(scheme: str) -> None:
    settings = load_settings({"DATABASE_URL": f"{scheme}://user:word@db:5432/bonus?sslmode=require"})
    assert (
        settings["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://user:word@db:5432/bonus?sslmode=require"
    )


def test_cookies_are_for_https_alone_and_bound_to_the_host() -> None:
    settings = load_settings(SAFE)
    assert settings["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert settings["SESSION_COOKIE_SECURE"] is settings["REMEMBER_COOKIE_SECURE"] is True
    assert settings["SESSION_COOKIE_HTTPONLY"] is True
    assert settings["SESSION_COOKIE_SAMESITE"] == "Lax"


@pytest.mark.parametrize("url", ["", "redis://127.0.0.1:1/0", "unix:///run/bonus/valkey.sock"])
def test_the_limiter_understands_every_address_the_queue_may_have(url: str) -> None:
    storage = storage_from_string(load_settings({"REDIS_URL": url})["RATELIMIT_STORAGE_URI"])
    assert type(storage).__name__ == ("RedisStorage" if url else "MemoryStorage")


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "import app"],  # what a web server does
        [sys.executable, "-m", "flask", "--app", "app", "run"],
        [sys.executable, "-m", "flask", "--app", "app", "worker"],
        [sys.executable, "-m", "flask", "--app", "app", "relay"],
    ],
    ids=["server", "run", "worker", "relay"],
)
def test_started_without_secret_key_it_stops_with_a_sentence(command: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in DEFAULTS}
    ended = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment | SAFE_STRINGS,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode != 0
    assert ended.stderr.splitlines()[-1] == "The service cannot start: SECRET_KEY is not set."
    assert "Traceback" not in ended.stderr


SAFE_STRINGS = {name: value for name, value in SAFE.items() if name != "SECRET_KEY"}
