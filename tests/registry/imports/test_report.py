"""What is kept of a plan is read back page by page; how many rows a file is thought to have before it is read."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bonus.registry.files import Fault
from bonus.registry.imports.report import BLOCK, FAULTS, Report, Summary, summary_of, write_report
from bonus.tables.extent import rows_about
from tests.registry.files.samples import as_csv, as_json, as_xlsx

from .samples import PLAIN, SUSPENDED, taken
from .test_plan import plan_of


def kept(tmp_path: Path, *rows: dict[str, str]) -> tuple[Report, Summary]:
    plan = plan_of(*rows)
    summary = summary_of(plan, "csv", ("colonne inconnue",))
    path = tmp_path / "report"
    path.write_bytes(write_report(plan, summary))
    return Report(path), summary


def test_page_by_page(session: Session, tmp_path: Path) -> None:
    taken(PLAIN)
    rows = [PLAIN | {"certification": f"S-{n}", "solution": f"=Offre {n}"} for n in range(2 * BLOCK + 1)]
    faulty = [PLAIN | {"certification": f"F-{n}", "axe": "inconnu", "label": "RIEN"} for n in range(BLOCK)]
    report, summary = kept(tmp_path, PLAIN | SUSPENDED, *rows, *faulty)
    assert report.summary == summary
    assert (summary.rows, summary.good_rows, summary.news) == (3 * BLOCK + 2, 2 * BLOCK + 2, 2 * BLOCK + 2)
    assert (summary.faulty_rows, summary.faults) == (BLOCK, 2 * BLOCK)
    assert [report.pages(name) for name in ("added", "ended", "unchanged", FAULTS)] == [3, 1, 0, 2]
    assert [len(report.entries("added", page)) for page in (0, 1, 2, 3, 4)] == [0, BLOCK, BLOCK, 1, 0]
    assert report.entries("added", 3)[0].solution == f"=Offre {2 * BLOCK}"
    (entry,) = report.entries("ended", 1)
    assert entry.changes == (("Événement", "—", "suspension, le 01/04/2026"),)
    assert list(report.all_entries("added")) == [
        one for page in (1, 2, 3) for one in report.entries("added", page)
    ]
    assert all(isinstance(fault, Fault) for fault in report.all_faults())
    assert [fault.line for fault in report.faults(1)[:3]] == [104, 104, 105]


def test_nothing_at_all(session: Session, tmp_path: Path) -> None:
    taken(PLAIN)
    report, summary = kept(tmp_path, PLAIN)
    assert (summary.news, summary.counts["unchanged"]) == (0, 1)
    assert report.faults(1) == []


def test_a_report_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Report(tmp_path / "absent")


ROWS = [PLAIN | {"certification": f"S-{n}"} for n in range(7)]


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (as_csv(ROWS), 7),
        (as_csv(ROWS).rstrip(), 7),
        (as_csv(ROWS, "utf-16"), 7),
        (as_xlsx(ROWS), 7),
        (as_json(ROWS), 7),
        (json.dumps({"certifications": ROWS}, default=str).encode(), 7),
        (b"", 0),
        (b"titres", 0),
        (b"PK\x03\x04 and then nothing of a workbook", 0),
    ],
)
def test_about_how_many_rows(data: bytes, rows: int) -> None:
    assert rows_about(data) == rows


def test_a_workbook_that_would_unpack_to_gigabytes_is_not_counted() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row " * 100)
    data = stream.getvalue()
    directory = data.rindex(b"PK\x01\x02")
    # What its directory says: 4 GB once unpacked.
    huge = data[: directory + 24] + b"\xff\xff\xff\xff" + data[directory + 28 :]
    assert rows_about(huge) == 0
