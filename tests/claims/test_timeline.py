"""Where a dossier stands, for its company: in every status, of whom something is awaited, until when; its steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bonus.claims.payment_words import Payment
from bonus.claims.status import INTERNAL, STATUSES
from bonus.claims.timeline import WHO, Change, Request, Story, awaited, steps
from tests.support.words import plain

DAY = timedelta(days=1)
TODAY, DUE, ANSWER_BY = date(2026, 11, 22), date(2027, 1, 22), date(2026, 12, 12)
MOMENT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
REQUEST = Request(ANSWER_BY, asked=2)
SENT = Payment(4_500_00, "sent", date(2026, 12, 1), account="FR76 … 189")
WAITS = Payment(4_500_00, "due", date(2026, 12, 22))


def change(action: str, new_status: str) -> Change:
    return Change(MOMENT, action, new_status)


FILED = change("file", "filed")


def story(status: str, *changes: Change, **more: object) -> Story:
    values: dict[str, object] = {"today": TODAY, "due_on": DUE, "request": None} | more
    return Story(status, (FILED, *changes), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "who", "by", "words"),
    [
        ("draft", "company", None, "Terminez ce brouillon"),
        ("filed", "administration", DUE, "Un instructeur va prendre votre dossier"),
        ("awaiting_documents", "company", ANSWER_BY, "Envoyez les 2 pièces demandées"),
        ("under_review", "administration", DUE, "L’administration examine votre dossier"),
        ("proposed", "administration", DUE, "L’administration examine votre dossier"),
        ("waiting_list", "administration", None, "liste d’attente"),
        ("granted", "nobody", None, "Ce dossier est décidé"),
        ("partly_granted", "nobody", None, "Ce dossier est décidé"),
        ("refused", "nobody", None, "Votre demande est refusée"),
        ("pending", "nobody", None, "douze mois au plus"),
        ("abandoned", "nobody", None, "abandonné"),
        ("revoked", "nobody", None, "retirée"),
        ("annulled", "nobody", None, "annulée"),
    ],
)
def test_every_status_says_who_what_and_when(status: str, who: str, by: date | None, words: str) -> None:
    found = awaited(story(status, request=REQUEST))
    assert (found.who, found.by) == (who, by)
    assert words in plain(found.sentence)
    assert who in WHO
    assert bool(found.silence) == (by is not None)


def test_no_status_is_left_out() -> None:
    for status in STATUSES:
        assert awaited(story(status, request=REQUEST)).sentence
        assert steps(story(status, request=REQUEST))


def test_what_is_proposed_is_under_review() -> None:
    """What a reviewer proposes stays between agents."""
    seen, hidden = (
        story("under_review", change("review", "under_review")),
        story(
            "proposed",
            change("review", "under_review"),
            change("propose", "proposed"),
            change("object", "under_review"),
            change("propose", "proposed"),
            change("concur", "proposed"),
            change("send_back", "under_review"),
            change("propose", "proposed"),
        ),
    )
    assert awaited(seen) == awaited(hidden)
    assert steps(seen) == steps(hidden)
    assert {"propose", "concur", "object", "send_back"} == INTERNAL


@pytest.mark.parametrize(("today", "late"), [(DUE, False), (DUE + DAY, True)])
def test_silence_is_a_refusal_the_day_after(today: date, late: bool) -> None:
    found = awaited(story("under_review", today=today))
    assert found.by == (None if late else DUE)
    assert ("a pris fin le 22 janvier 2027" in plain(found.sentence)) == late
    # Two clear months from 23 January, when silence became a refusal: 24 March.
    assert ("contester jusqu’au 24 mars 2027 inclus" in plain(found.sentence)) == late


@pytest.mark.parametrize(("today", "who"), [(ANSWER_BY, "company"), (ANSWER_BY + DAY, "administration")])
def test_the_last_day_to_answer_is_in_time(today: date, who: str) -> None:
    found = awaited(story("awaiting_documents", request=REQUEST, today=today))
    assert found.who == who
    assert "sur ce qu’il contient" in plain(found.silence + found.sentence)


def test_one_document_is_said_as_one() -> None:
    found = awaited(story("awaiting_documents", request=Request(ANSWER_BY, asked=1)))
    assert "Envoyez la pièce demandée." in plain(found.sentence)


def test_lines_that_waited_are_not_the_whole_demand() -> None:
    found = awaited(story("under_review", decided_before=True))
    assert "les lignes qui attendaient leur label" in found.sentence
    assert "ces lignes sont refusées" in found.silence


@pytest.mark.parametrize(
    ("payments", "who", "by", "words"),
    [
        ([Payment(1, "preparing")], "administration", None, "vous est versé"),
        ([WAITS], "administration", date(2026, 12, 22), "vous est versé"),
        ([SENT, WAITS], "administration", date(2026, 12, 22), "vous est versé"),
        ([SENT], "nobody", None, "transmis à la banque"),
        ([Payment(1, "held", reason="Compte à vérifier.")], "administration", None, "Compte à vérifier."),
        ([WAITS, Payment(1, "account")], "company", None, "Donnez-en un autre"),
        ([replace(SENT, state="paid")], "nobody", None, "Le bonus est versé"),
        ([SENT, replace(SENT, state="paid")], "nobody", None, "transmis à la banque"),
        ([Payment(0, "offset", kept_cents=1)], "nobody", None, "est décidé"),
        ([Payment(1, "cancelled")], "nobody", None, "est décidé"),
    ],
)
def test_a_granted_dossier_waits_for_its_payment(
    payments: list[Payment], who: str, by: date | None, words: str
) -> None:
    found = awaited(story("granted", payments=payments))
    assert (found.who, found.by) == (who, by)
    assert words in plain(found.sentence)


def told(one: Story) -> list[tuple[str, str]]:
    return [(plain(step.title), step.state) for step in steps(one)]


def test_the_whole_way() -> None:
    way = (
        change("review", "under_review"),
        change("ask", "awaiting_documents"),
        change("answer", "under_review"),
        change("propose", "proposed"),
        change("decide", "granted"),
    )
    request = Request(ANSWER_BY, asked=2, files=1)
    assert told(story("granted", *way, request=request, payments=[SENT])) == [
        ("Dossier déposé", "done"),
        ("Accusé de réception remis", "done"),
        ("Examen commencé", "done"),
        ("Pièces demandées", "done"),
        ("Votre réponse est reçue", "done"),
        ("Décision : accordé", "done"),
        ("Virement transmis à la banque", "done"),
    ]
    found = steps(story("granted", *way, request=request, payments=[SENT]))
    assert plain(found[3].text) == "2 pièces, à envoyer avant la fin du 12 décembre 2026."
    assert plain(found[4].text) == "1 fichier. Le délai de décision court de nouveau."
    assert plain(found[6].text) == "4 500,00 € sur le compte FR76 … 189."


def test_what_comes_is_told_after_what_was() -> None:
    assert told(story("filed"))[2:] == [
        ("Examen de votre dossier", "current"),
        ("Décision", "next"),
        ("Versement", "next"),
    ]
    asked = story("awaiting_documents", change("ask", "awaiting_documents"), request=REQUEST)
    assert told(asked)[3:] == [("Votre réponse", "current"), ("Décision", "next"), ("Versement", "next")]


def test_bad_ends_are_marked() -> None:
    for action, status in (("decide", "refused"), ("abandon", "abandoned"), ("revoke", "revoked")):
        assert told(story(status, change(action, status)))[-1][1] == "bad"
    ended = story("under_review", change("expire", "under_review"), request=REQUEST)
    assert ("Fin du délai pour répondre", "bad") in told(ended)


def test_an_act_yet_unknown_is_told_by_what_it_led_to() -> None:
    assert told(story("revoked", change("revoke", "revoked")))[-1] == ("Retiré", "bad")


def test_a_payment_in_each_state() -> None:
    payments = [
        *(Payment(1, "preparing"), WAITS, Payment(1, "held", reason="Compte à vérifier."), SENT),
        *(replace(SENT, state="paid"), Payment(1, "account"), Payment(1, "cancelled")),
        Payment(0, "offset", kept_cents=1),
    ]
    assert told(story("granted", payments=payments))[2:] == [
        ("Versement", "current"),
        ("Versement", "current"),
        ("Versement retenu", "bad"),
        ("Virement transmis à la banque", "done"),
        ("Bonus versé", "done"),
        ("Virement refusé par la banque", "bad"),
        ("Versement annulé", "bad"),
        ("Bonus retenu", "done"),
    ]


def test_what_was_kept_of_a_bonus_is_told() -> None:
    """The company reads two amounts: what is transferred, and what was kept for a titre (art. 14)."""
    (step,) = steps(story("granted", payments=[replace(SENT, kept_cents=500_00)]))[-1:]
    assert "4 500,00 € sur le compte" in plain(step.text)
    assert "500,00 € sont retenus sur ce bonus pour une somme à rembourser (art. 14)" in plain(step.text)


def test_the_other_statuses_say_what_comes() -> None:
    assert ("Décision", "current") in told(story("waiting_list"))
    assert ("Fin de la suspension du label", "current") in told(story("pending"))


def test_what_follows_the_fast_lane_is_decided_by_a_rule_on_its_day() -> None:
    """Nobody is said to take it up: the day of the rule is told, and what silence means stays."""
    lane = replace(story("filed"), rule_on=date(2026, 11, 28))
    found = awaited(lane)
    assert "une règle décidera votre dossier le 28 novembre 2026" in plain(found.sentence)
    assert "instructeur" not in found.sentence
    assert found.by == lane.due_on
    titles = [(step.title, step.state) for step in steps(lane)]
    assert ("Voie rapide", "current") in titles
    assert not any("Examen" in title for title, _ in titles)
    taken = replace(lane, status="under_review")
    assert awaited(taken) == awaited(story("under_review"))
