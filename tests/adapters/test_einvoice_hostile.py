"""Files made to hurt: each is refused within a bound of time and of memory, and the next is read."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import facturx
import pytest

from bonus.adapters.einvoice import InvoiceUnreadable, read_invoice, read_invoice_file
from bonus.adapters.einvoice.sandbox import POOL, Reader, ReaderError, ReaderPool
from bonus.adapters.einvoice.worker import MEMORY_BYTES

from .einvoice_samples import (
    blank_pdf,
    cii,
    deflated_zeros,
    factur_x,
    pdf_with_attachment,
    raw_pdf,
    stream,
    ubl,
)

XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'
FLATE = b"/Filter/FlateDecode"
# A reader takes under a second for all of these; the bound allows for a machine that is busy elsewhere.
SECONDS = 8.0


def laughs() -> bytes:
    entities = b"".join(
        b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10 if level else b"ha")
        for level in range(10)
    )
    return XML + b"<!DOCTYPE l [" + entities + b"]><l>&a9;</l>"


def many_attachments() -> bytes:
    names = b"".join(b"(%d.xml) 3 0 R " % number for number in range(40_000))
    return raw_pdf(
        {
            1: b"<</Type/Catalog/Names<</EmbeddedFiles<</Names[%s]>>>>>>" % names,
            3: b"<</F(a.xml)/EF<</F 4 0 R>>>>",
            4: stream(FLATE, deflated_zeros(1)),
        }
    )


def name_tree_of_two_to_the_40() -> bytes:
    objects = {1: b"<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>>>"}
    objects |= {number: b"<</Kids[%d 0 R %d 0 R]>>" % (number + 1, number + 1) for number in range(2, 42)}
    return raw_pdf(objects | {42: b"<</Names[]>>"})


def bomb_in_cross_references() -> bytes:
    entries = b"/Type/XRef/Size 99999999/W[1 2 1]/Root 1 0 R" + FLATE
    return b"%PDF-1.5\n1 0 obj\n" + stream(entries, deflated_zeros(300)) + b"\nendobj\nstartxref\n9\n%%EOF\n"


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "flate bomb of 300 MB": ("invoice.bomb", lambda: pdf_with_attachment(stream(FLATE, deflated_zeros(300)))),
    "bomb just above the limit": (
        "invoice.bomb",
        lambda: pdf_with_attachment(stream(FLATE, zlib.compress(b"<a>" + b" " * 10_000_000 + b"</a>"))),
    ),
    "bomb in a bomb": (
        "invoice.bomb",
        lambda: pdf_with_attachment(
            stream(b"/Filter[/FlateDecode/FlateDecode]", zlib.compress(deflated_zeros(300), 9))
        ),
    ),
    "sixteen filters": (
        "invoice.bomb",
        lambda: pdf_with_attachment(stream(b"/Filter[" + b"/FlateDecode" * 16 + b"]", deflated_zeros(1))),
    ),
    "run lengths": (
        "invoice.bomb",
        lambda: pdf_with_attachment(stream(b"/Filter/RunLengthDecode", b"\x81a" * 1_000_000)),
    ),
    "bomb in the cross references": ("invoice.pdf_damaged", bomb_in_cross_references),
    "forty thousand attachments": ("invoice.bomb", many_attachments),
    "names that double": ("invoice.pdf_without_invoice", name_tree_of_two_to_the_40),
    "name that is its own child": (
        "invoice.pdf_without_invoice",
        lambda: raw_pdf(
            {1: b"<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>>>", 2: b"<</Kids[2 0 R 2 0 R]>>"}
        ),
    ),
    "arrays in arrays": (
        "invoice.pdf_damaged",
        lambda: raw_pdf({1: b"<</Type/Catalog/Names " + b"[" * 100_000 + b"]" * 100_000 + b">>"}),
    ),
    "cross references in a loop": (
        "invoice.pdf_damaged",
        lambda: b"%PDF-1.4\nxref\n0 0\ntrailer<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n",
    ),
    "a million cross references": (
        "invoice.bomb",
        lambda: b"%PDF-1.4\nxref\n0 500000\n" + b"0000000000 00000 n \n" * 450_000 + b"startxref\n9\n%%EOF\n",
    ),
    "nine megabytes of blanks": ("invoice.pdf_damaged", lambda: b"%PDF-1.4\n" + b" " * 9_000_000),
    "billion laughs": ("invoice.doctype", laughs),
    "billion laughs in UTF-16": ("invoice.doctype", lambda: laughs()[len(XML) :].decode().encode("utf-16")),
    "billion laughs in a PDF": ("invoice.doctype", lambda: pdf_with_attachment(stream(b"", laughs()))),
    "a file of the server": (
        "invoice.doctype",
        lambda: XML + b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    ),
    "a DOCTYPE hidden in UTF-7": (
        "invoice.xml_encoding",
        lambda: b'<?xml version="1.0" encoding="UTF-7"?>\n+ADwAIQ-DOCTYPE a+AD4-<a/>',
    ),
    "UTF-32": ("invoice.xml_encoding", lambda: "<a/>".encode("utf-32")),
    "UTF-16 that does not say so": ("invoice.xml_encoding", lambda: "<a/>".encode("utf-16-le")),
    "elements in elements": ("invoice.xml_malformed", lambda: XML + b"<a>" * 300_000 + b"</a>" * 300_000),
    "half a million attributes": (
        "invoice.not_an_invoice",
        lambda: XML + b"<a " + b" ".join(b'a%d=""' % number for number in range(500_000)) + b"/>",
    ),
    "a currency that is an XPath": (
        "invoice.currency",
        lambda: ubl().replace(b">EUR<", b">EUR'] | //*[.='<"),
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    read_invoice(cii())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_bounded_time(name: str) -> None:
    code, make = HOSTILE[name]
    data = make()
    started = time.monotonic()
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice(data)
    assert caught.value.code == code
    assert time.monotonic() - started < SECONDS


def test_two_hundred_megabytes_of_zeros_are_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "zeros.pdf"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(InvoiceUnreadable) as caught:
            read_invoice_file(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "invoice.too_large"
    assert "200,0\u00a0Mo" in caught.value.sentence
    assert peak < 1_000_000


@pytest.fixture
def reader() -> Iterator[Reader]:
    one = Reader()
    yield one
    one.close()


def test_the_memory_of_the_reader_stays_bounded(reader: Reader) -> None:
    status = Path(f"/proc/{reader._process.pid}/status")
    if not status.exists():
        pytest.skip("the peak memory of another process is read from /proc, which this system lacks")
    reader.ask(b"X", cii(), 10)
    for name in (
        "flate bomb of 300 MB",
        "bomb in a bomb",
        "half a million attributes",
        "bomb in the cross references",
    ):
        kind = b"X" if "attributes" in name else b"P"
        reader.ask(kind, HOSTILE[name][1](), 30)
    peak = next(int(row.split()[1]) for row in status.read_text().splitlines() if row.startswith("VmHWM"))
    assert peak * 1024 < 400_000_000 < MEMORY_BYTES


def test_running_out_of_memory_is_an_answer() -> None:
    """The limit is real: a process of the same limits cannot take more."""
    script = (
        "import sys; sys.path.append(sys.argv[1]); import worker; worker.limit()\n"
        "worker.read = lambda kind, data: bytearray(worker.MEMORY_BYTES)\n"
        "print(worker.answer(b'X', b'')['error'])\n"
    )
    folder = str(Path(sys.modules[Reader.__module__].__file__ or "").parent)
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, folder], capture_output=True, text=True, check=True
    )
    assert done.stdout == "invoice.bomb\n"


def test_the_reader_may_not_write_a_file(tmp_path: Path) -> None:
    target = tmp_path / "written"
    script = (
        "import sys, signal; sys.path.append(sys.argv[1]); import worker; worker.limit()\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "with open(sys.argv[2], 'w') as file: file.write('x')\n"
    )
    folder = str(Path(sys.modules[Reader.__module__].__file__ or "").parent)
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, folder, str(target)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert target.read_bytes() == b""


def test_the_environment_of_the_reader_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "très secret")
    one = Reader()
    try:
        environment = Path(f"/proc/{one._process.pid}/environ")
        if not environment.exists():
            pytest.skip("the environment of another process is read from /proc, which this system lacks")
        one.ask(b"X", b"<a/>", 10)
        assert b"SECRET_KEY" not in environment.read_bytes()
    finally:
        one.close()


def test_a_file_that_takes_too_long_is_stopped_and_the_next_is_read() -> None:
    slow = raw_pdf({1: b"<</Type/Catalog/A <" + b"4" * 9_000_000 + b">>>"})
    pool = ReaderPool()
    try:
        pool.ask(b"X", cii(), 10)
        started = time.monotonic()
        with pytest.raises(ReaderError) as caught:
            pool.ask(b"P", slow, 0.3)
        assert caught.value.late
        assert time.monotonic() - started < 2
        assert pool.ask(b"X", cii(), 10)["flavor"] == "factur-x"
    finally:
        pool.close()


def test_a_reader_that_dies_is_a_refusal_and_the_next_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = POOL._take()
    idle._process.kill()
    idle._process.wait()
    monkeypatch.setattr(POOL, "_idle", [idle])
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice(cii())
    assert caught.value.code == "invoice.unreadable"
    assert read_invoice(cii()).number == "F-1"
    POOL.close()


def test_a_file_too_slow_for_the_service_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(kind: bytes, data: bytes) -> dict[str, object]:
        raise ReaderError(late=True)

    monkeypatch.setattr(POOL, "ask", ask)
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice(cii())
    assert caught.value.code == "invoice.too_slow"


def test_threads_read_side_by_side() -> None:
    pdf, seen = factur_x(), []

    def work() -> None:
        seen.extend(read_invoice(pdf).number for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert seen == ["F-1"] * 20


def test_a_forked_process_starts_its_own_reader(tmp_path: Path) -> None:
    sample = tmp_path / "facture.xml"
    sample.write_bytes(cii())
    script = (
        "import os, sys\nfrom pathlib import Path\n"
        "from bonus.adapters.einvoice import read_invoice_file\n"
        "path = Path(sys.argv[1])\n"
        "print(read_invoice_file(path).number, flush=True)\n"
        "child = os.fork()\n"
        "print(read_invoice_file(path).number, flush=True)\n"
        "if child: assert os.waitpid(child, 0)[1] == 0\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(sample)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("F-1\n" * 3, "", 0)


@pytest.mark.parametrize("seed", range(6))
def test_a_pdf_with_random_damage_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    whole = factur_x()
    for _ in range(12):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 3, 30])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if chance.random() < 0.3:
            del damaged[chance.randrange(len(damaged)) :]
        try:
            assert read_invoice(bytes(damaged)).totals.net == 10000
        except InvoiceUnreadable as refusal:
            assert refusal.code.startswith("invoice.")


def test_twenty_attachments_are_no_attack() -> None:
    others = {f"annexe-{number}.xml": {"filedata": b"<annexe>%d</annexe>" % number} for number in range(20)}
    pdf = facturx.generate_from_binary(blank_pdf(), cii(), flavor="factur-x", attachments=others)
    assert read_invoice(pdf).number == "F-1"
