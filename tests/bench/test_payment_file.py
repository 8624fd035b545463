"""A file of transfers, against sepaxml alone.

Ours adds: what no bank would execute is refused first, names in the characters of SEPA, the batch's own identifiers and
time, and the file read again and compared with the orders, one by one, with its sums. Bare: sepaxml given the same
transfers as they are, which it writes and validates against the same schema; it reads the schema at each file, and ours
once a process: measured at a quarter of its time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from time import process_time

from pytest_benchmark.fixture import BenchmarkFixture
from sepaxml import SepaTransfer

from bonus.adapters.sepa import Address, BankAccount, PaymentFile, Transfer, french_iban, payment_file

from .ratio import interleaved_ratio

LIMIT = 0.8
COUNT = 2_000
DAY = date(2026, 11, 24)
PAYER = BankAccount("Agence comptable", french_iban("30001", "00794", "12345678901"), Address("Paris", "FR"))


def transfers() -> tuple[Transfer, ...]:
    address = Address("Châteauroux", "FR", "36000", "12 rue de l’Échange")
    return tuple(
        Transfer(
            f"OP-2026-{rank:06d}",
            f"BS-2026-{rank:06d}",
            BankAccount(
                f"Société Générique n° {rank}", french_iban("30001", "00794", f"{rank:011d}"), address
            ),
            4_500_00 + rank,
            DAY,
        )
        for rank in range(1, COUNT + 1)
    )


def test_payment_file_against_bare_sepaxml(benchmark: BenchmarkFixture) -> None:
    batch = PaymentFile("LOT-2026-000001-01", datetime(2026, 11, 22, 9, tzinfo=UTC), PAYER, transfers())

    def ours() -> bytes:
        return payment_file(batch)

    def bare() -> bytes:
        file = SepaTransfer(
            {"name": PAYER.holder, "IBAN": PAYER.iban, "batch": True, "currency": "EUR"},
            schema="pain.001.001.09",
            clean=False,
        )
        for order in batch.transfers:
            file.add_payment(
                {
                    "name": f"Societe Generique {order.order_number}",
                    "IBAN": order.payee.iban,
                    "amount": order.amount_cents,
                    "execution_date": DAY,
                    "description": f"Bonus Souverainete dossier {order.claim_number}",
                    "endtoend_id": order.order_number,
                    "address": {"postcode": "36000", "town": "Chateauroux", "country": "FR"},
                }
            )
        content: bytes = file.export(validate=True)
        return content

    assert ours().count(b"<EndToEndId>") == bare().count(b"<EndToEndId>") == COUNT
    ratio = interleaved_ratio(ours, bare, rounds=3, clock=process_time)
    benchmark.extra_info["ratio to bare sepaxml"] = round(ratio, 2)
    benchmark.pedantic(ours, rounds=1)
    assert ratio < LIMIT
