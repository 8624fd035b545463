"""The processes that read strangers' files: their limits, their end, and the next file after it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bonus.adapters.einvoice import InvoiceUnreadable, read_invoice
from bonus.adapters.einvoice import reader as reader_module
from bonus.adapters.einvoice.sandbox import POOL, Reader, ReaderError, ReaderPool
from bonus.adapters.einvoice.worker import MEMORY_BYTES

from .einvoice_samples import MINIMUM, cii, deflated_zeros, factur_x, pdf_with_attachment, raw_pdf, stream


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
    bomb = deflated_zeros(300)
    for filters in (b"/FlateDecode", b"[/FlateDecode/FlateDecode]"):
        reader.ask(b"P", pdf_with_attachment(stream(b"/Filter" + filters, bomb)), 30)
    for inside in (b"<ram:A/>" * 1_200_000, b"<ram:A>" + b"a" * 9_000_000 + b"</ram:A>"):
        root, _, end = MINIMUM.partition(b"<rsm:ExchangedDocument>")
        reader.ask(b"X", root + inside + b"<rsm:ExchangedDocument>" + end, 30)
    peak = next(int(row.split()[1]) for row in status.read_text().splitlines() if row.startswith("VmHWM"))
    assert peak * 1024 < MEMORY_BYTES / 2


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


def test_a_reader_that_dies_on_a_file_is_a_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dying = tmp_path / "dying.py"
    dying.write_text("import sys\nsys.stdin.buffer.read(1)\nraise SystemExit(1)\n")
    monkeypatch.setattr(reader_module, "POOL", ReaderPool(dying))
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice(cii())
    assert caught.value.code == "invoice.unreadable"


def test_a_reader_that_was_ended_while_idle_is_replaced() -> None:
    pool = ReaderPool()
    try:
        pool.ask(b"X", cii(), 10)
        [idle] = pool._idle
        idle._process.kill()
        idle._process.wait()
        assert pool.ask(b"X", cii(), 10)["flavor"] == "factur-x"
    finally:
        pool.close()


def test_an_answer_beyond_all_measure_is_no_answer(tmp_path: Path) -> None:
    lying = tmp_path / "lying.py"
    lying.write_text(
        "import sys\nsys.stdout.buffer.write(b'\\xff' * 8)\nsys.stdout.flush()\nsys.stdin.read()\n"
    )
    pool = ReaderPool(lying)
    with pytest.raises(ReaderError) as caught:
        pool.ask(b"X", b"<a/>", 10)
    assert not caught.value.late
    assert pool._idle == []


def test_a_file_too_slow_for_the_service_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(kind: bytes, data: bytes) -> dict[str, object]:
        raise ReaderError(late=True)

    monkeypatch.setattr(POOL, "ask", ask)
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice(cii())
    assert caught.value.code == "invoice.too_slow"


def test_threads_read_side_by_side() -> None:
    pdf = factur_x()
    seen: list[str] = []

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
