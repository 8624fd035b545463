"""The account one is paid on: given with its proof, masked, checked by an agent on a page of their own."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from bonus.accounts.models import CompanyMember
from bonus.accounts.service import add_person
from bonus.adapters.antivirus import Antivirus
from bonus.adapters.store import DocumentStore
from bonus.companies.models import BankAccount
from bonus.demo.cast import PASSWORD
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.payments.accounts import MOST_PROOF_BYTES, accounts_of
from tests.support.space import IBAN, PDF
from tests.support.world import ENTERED, World, settled
from tests.web.company_pages import filled
from tests.web.visitor import Visitor, document, errors, signed_in, words

PAGE, ACCOUNTS, PAYMENTS = "/entreprise/banque", "/agent/comptes", "/agent/paiements"
CHANGE = f"{PAGE}/changement"
FILE = ("rib.pdf", PDF)


@pytest.fixture
def officer(world: World) -> Visitor:
    """The accounting officer, signed in."""
    return signed_in(world.app, world.accounting_officer.email)


def typed(visitor: Visitor, **changes: str) -> dict[str, str]:
    sent = filled(visitor.get(CHANGE), "//main//form[1]")
    del sent["proof"]
    return sent | {"iban": "FR76 3000 6000 0112 3456 7890 189"} | changes


def ask(world: World, owner: Visitor, **changes: str) -> int:
    """Give another account by the page; its id."""
    response = owner.post_files(CHANGE, "proof", [FILE], typed(owner, **changes))
    assert response.status_code == 302, errors(response)
    with world.app.app_context():
        return accounts_of(world.company_id)[-1].id


def test_an_account_is_given_masked_and_waits(world: World, owner: Visitor) -> None:
    before = words(owner.get(PAGE))
    assert "Vérifié" in before
    account = ask(world, owner)
    page = owner.get(PAGE)
    text = words(page)
    assert "En attente de vérification" in text
    assert "FR76 •••• •••• 0189" in text
    assert "aucun bonus n’est versé, pas même sur l’ancien compte (art. 13)" in text
    assert IBAN[4:-4] not in page.text.replace("\u00a0", "").replace(" ", "")
    proof = owner.get(f"{PAGE}/{account}/justificatif")
    assert proof.data == PDF
    assert proof.headers["Content-Disposition"].startswith("attachment")
    assert proof.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_approved_it_is_paid_and_what_waited_leaves(world: World, owner: Visitor, officer: Visitor) -> None:
    settled(world)
    account = ask(world, owner, holder="Holding Fictive")
    assert "Un changement de compte bancaire attend d’être vérifié (art. 13)." in words(officer.get(PAYMENTS))
    listed = words(officer.get(ACCOUNTS))
    assert "Nom différent" in listed
    assert "FR76 3000 6000 0112 3456 7890 189" in listed
    text = words(officer.get(f"{ACCOUNTS}/{account}"))
    assert "Le titulaire n’a pas le nom de l’entreprise" in text
    assert "Camille Laurent" in text
    assert officer.get(f"{ACCOUNTS}/{account}/justificatif").data == PDF
    done = words(officer.follow(officer.post(f"{ACCOUNTS}/{account}/validation")))
    assert "Le compte de l’entreprise Atelier Fictif SAS est vérifié." in done
    assert "Aucun compte à vérifier" in done
    payments = words(officer.get(PAYMENTS))
    assert "Holding Fictive" in payments
    assert "Retenus" not in payments
    assert "En attente" not in words(owner.get(PAGE))
    again = officer.follow(officer.post(f"{ACCOUNTS}/{account}/validation"))
    assert "Ce compte n’attend plus d’être vérifié." in words(again)


def test_refused_the_company_reads_why(world: World, owner: Visitor, officer: Visitor) -> None:
    account = ask(world, owner)
    empty = officer.post(f"{ACCOUNTS}/{account}/refus", {"reason": " "})
    assert errors(empty)[0].startswith("Écrivez pourquoi, en 1")
    officer.post(f"{ACCOUNTS}/{account}/refus", {"reason": "Le titulaire est <b>un tiers</b>."})
    page = owner.get(PAGE)
    assert "Le compte qui finit par 0189 n’a pas été accepté" in words(page)
    assert "&lt;b&gt;un tiers" in page.text
    assert "Vérifié" in words(page)  # the former one
    assert "Ce compte a été refusé" in words(officer.get(f"{ACCOUNTS}/{account}"))
    late = officer.post(f"{ACCOUNTS}/{account}/refus", {"reason": "Encore."})
    assert errors(late) == ["Ce compte n’attend plus d’être vérifié."]


def test_taken_back(world: World, owner: Visitor, officer: Visitor) -> None:
    account = ask(world, owner)
    assert "Votre demande est retirée." in words(owner.follow(owner.post(f"{PAGE}/{account}/retrait")))
    assert "n’attend plus" in words(owner.follow(owner.post(f"{PAGE}/{account}/retrait")))
    assert "Cette demande a été retirée ou remplacée." in words(officer.get(f"{ACCOUNTS}/{account}"))


@pytest.mark.parametrize(
    ("changes", "files", "sentence"),
    [
        ({"iban": "FR76 3000 6000 0112 3456 7890 188"}, [FILE], "erreur de copie"),
        ({"iban": ""}, [FILE], "Indiquez l’IBAN"),
        ({"bic": "AGRI"}, [FILE], "Un BIC a huit ou onze caractères"),
        ({"holder": ""}, [FILE], "Indiquez le titulaire"),
        ({}, [], "Joignez le relevé d’identité bancaire."),
        ({}, [("rib.pdf", b"<html>no</html>")], "n’est ni un PDF, ni une image PNG ou JPEG"),
        ({}, [("rib.pdf", PDF + b" " * MOST_PROOF_BYTES)], "dépasse 5"),
        ({"company": "2"}, [FILE], "a été ouverte pour une autre entreprise"),
    ],
)
def test_what_cannot_be_taken(
    world: World,
    owner: Visitor,
    changes: dict[str, str],
    files: list[tuple[str, bytes]],
    sentence: str,
) -> None:
    response = owner.post_files(CHANGE, "proof", files, typed(owner, **changes))
    assert response.status_code == 422
    assert sentence in errors(response)[0]
    with world.app.app_context():
        assert len(accounts_of(world.company_id)) == 1


def test_a_strange_file_name_is_made_harmless(world: World, owner: Visitor) -> None:
    name = '..\\..\\"<script>\u202egpj.exe'
    response = owner.post_files(CHANGE, "proof", [(name, PDF)], typed(owner))
    assert response.status_code == 302
    with world.app.app_context():
        account = accounts_of(world.company_id)[-1].id
    assert "<script>\u202e" not in owner.get(PAGE).text
    given = owner.get(f"{PAGE}/{account}/justificatif").headers["Content-Disposition"]
    assert "\u202e" not in given
    assert "/" not in given
    assert "\\.." not in given


def test_who_asked_is_shown_no_answer_to_give(world: World, owner: Visitor, officer: Visitor) -> None:
    account = ask(world, owner)
    with world.app.app_context():
        db.session.add(
            CompanyMember(
                person_id=world.accounting_officer.person_id, company_id=world.company_id, role="reader"
            )
        )
        db.session.commit()
    page = officer.get(f"{ACCOUNTS}/{account}")
    assert "un autre agent comptable doit répondre (art. 13)" in words(page)
    assert document(page).xpath("//main//form") == []
    for act in ("validation", "refus"):
        assert officer.post(f"{ACCOUNTS}/{account}/{act}", {"reason": "Non"}).status_code == 403
    with world.app.app_context():
        assert db.session.get_one(BankAccount, account).is_pending


@pytest.mark.parametrize("role", ["filer", "reader"])
def test_others_see_it_masked_and_change_nothing(world: World, owner: Visitor, role: str) -> None:
    account = ask(world, owner)
    with world.app.app_context():
        add_person(
            "zoe@demo.example", "Zoe", PASSWORD, ENTERED, company_id=world.company_id, company_role=role
        )
        db.session.commit()
    visitor = signed_in(world.app, "zoe@demo.example")
    page = visitor.get(PAGE)
    assert "•••• 0189" in words(page).replace("\u00a0", " ")
    assert document(page).xpath("//main//form") == []
    for address in (CHANGE, f"{PAGE}/{account}/justificatif"):
        assert visitor.get(address).status_code == 403
    assert visitor.post_files(CHANGE, "proof", [FILE], {"iban": IBAN}).status_code == 403
    assert visitor.post(f"{PAGE}/{account}/retrait").status_code == 403


def test_another_company_s_account_does_not_exist(world: World, owner: Visitor) -> None:
    account = ask(world, owner)
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    assert neighbour.get(f"{PAGE}/{account}/justificatif").status_code == 404
    assert neighbour.post(f"{PAGE}/{account}/retrait").status_code == 404
    assert "0189" not in neighbour.get(PAGE).text
    with world.app.app_context():
        assert db.session.get_one(BankAccount, account).is_pending


def test_an_account_that_was_never_to_check_is_not_shown_to_agents(world: World, officer: Visitor) -> None:
    with world.app.app_context():
        entered = accounts_of(world.company_id)[0].id
    for account in (entered, 999):
        for address in ("", "/justificatif"):
            assert officer.get(f"{ACCOUNTS}/{account}{address}").status_code == 404
        for act in ("validation", "refus"):
            assert officer.post(f"{ACCOUNTS}/{account}/{act}", {"reason": "Non"}).status_code == 404


# ---------------------------------------------------------------- the antivirus


class Looking:
    """An antivirus that finds nothing, or something in everything."""

    def __init__(self, *, finds: bool) -> None:
        self.finds = finds

    def has_looked(self, data: bytes) -> bool:
        if self.finds:
            raise InvalidInput("document.infected", "L’antivirus a reconnu un programme malveillant.")
        return True


def guarded(world: World, *, finds: bool) -> None:
    """Have an antivirus look at what this application keeps."""
    folder = Path(world.app.config["DATA_FOLDER"]) / "documents"
    world.app.extensions["bonus.store"] = DocumentStore(folder, cast(Antivirus, Looking(finds=finds)))


@pytest.mark.parametrize("looked", [True, False])
def test_the_agent_knows_whether_the_antivirus_looked(
    world: World, owner: Visitor, officer: Visitor, looked: bool
) -> None:
    if looked:
        guarded(world, finds=False)
    page = words(officer.get(f"{ACCOUNTS}/{ask(world, owner)}"))
    assert ("non analysé" in page) is not looked
    assert ("aucun antivirus n’a regardé ce fichier" in page) is not looked


def test_an_infected_proof_is_refused_at_its_field(world: World, owner: Visitor) -> None:
    guarded(world, finds=True)
    response = owner.post_files(CHANGE, "proof", [FILE], typed(owner))
    assert response.status_code == 422
    assert errors(response) == ["L’antivirus a reconnu un programme malveillant."]
    with world.app.app_context():
        assert len(accounts_of(world.company_id)) == 1
