"""A real clamd looks at what is sent: EICAR's test file is refused, its absence is no reason to lose a file."""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bonus.adapters.antivirus import Antivirus, read_clamd_url
from bonus.adapters.store import DocumentStore
from bonus.demo.children import Child, wait_until
from bonus.errors import InvalidInput

# Written so that no antivirus takes this file for it.
EICAR = base64.b64decode(
    "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo="
)
SETTINGS = """
DatabaseDirectory {folder}
LocalSocket {socket}
Foreground yes
StreamMaxLength 20M
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """clamd on one signature of our own: nothing is downloaded."""
    program = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        sentence = "clamd is absent: apt-get install clamav-daemon"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    # A socket's address is short: it stands in a folder of its own, which clamd's user may enter.
    folder = Path(tempfile.mkdtemp(prefix="clamd"))
    folder.chmod(0o755)
    socket, settings = folder / "clamd.ctl", folder / "clamd.conf"
    (folder / "eicar.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
    settings.write_text(SETTINGS.format(folder=folder, socket=socket))
    child = Child("clamd", [program, "--config-file", str(settings)], folder, dict(os.environ))
    child.start()
    try:
        wait_until(socket.exists, child, seconds=60)
        yield f"unix://{socket}"
    finally:
        child.stop()
        child.kill()
        shutil.rmtree(folder)


def test_a_clean_file_is_kept_and_said_to_be_looked_at(url: str, tmp_path: Path) -> None:
    store = DocumentStore(tmp_path, Antivirus(url))
    name = store.save(b"une facture")
    assert (store.read(name), store.is_scanned(name)) == (b"une facture", True)


def test_an_infected_one_is_refused_and_never_written(url: str, tmp_path: Path) -> None:
    store = DocumentStore(tmp_path, Antivirus(url))
    with pytest.raises(InvalidInput, match="programme malveillant") as refusal:
        store.save(b"%PDF-1.7\n" + EICAR)
    assert refusal.value.code == "document.infected"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_largest_file_goes_through(url: str) -> None:
    assert Antivirus(url).has_looked(b"0" * 10_000_000)


def test_what_clamd_cannot_take_was_not_looked_at(url: str) -> None:
    assert not Antivirus(url).has_looked(b"0" * 21_000_000)


@pytest.mark.parametrize("nobody", ["unix:///nowhere/clamd.ctl", "tcp://127.0.0.1:9"])
def test_without_an_answer_the_file_is_kept_and_said_not_to_be_looked_at(nobody: str, tmp_path: Path) -> None:
    store = DocumentStore(tmp_path, Antivirus(nobody))
    name = store.save(b"une facture")
    assert (store.read(name), store.is_scanned(name)) == (b"une facture", False)


def test_without_an_antivirus(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    assert not store.is_scanned(store.save(b"une facture"))


@pytest.mark.parametrize(
    "wrong",
    ["", "clamd.ctl", "unix://host/path", "http://host", "tcp://", "tcp://host:no", "tcp://host/path"],
)
def test_an_address_that_is_none(wrong: str) -> None:
    with pytest.raises(ValueError, match="CLAMD_URL"):
        read_clamd_url(wrong)
