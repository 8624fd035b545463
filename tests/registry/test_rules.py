"""What a certification's life may be: every refusal with its sentence, on the day, the day before, the day after."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.registry.history import Event, Life
from bonus.registry.rules import (
    Audit,
    Terms,
    check_audit,
    check_dates,
    check_life,
    check_news,
    check_no_overlap,
    check_terms,
    check_text,
)
from tests.support.words import plain

from .lives import DAY

TODAY = date(2026, 11, 22)
START, END = date(2026, 1, 1), date(2026, 12, 31)
CRITERIA = ("Hébergement en France", "Données protégées", "Valeur ajoutée en France")
MET = Audit((True, True, True), date(2026, 1, 5), "RA-1")


def lived(*events: tuple[str, date], start: date = START, end: date = END) -> Life:
    """A life with these events; ``retroactive`` is a kind of its own here. Their numbers are 1, 2, …"""
    return Life(
        start,
        end,
        tuple(
            Event("withdrawn" if kind == "retroactive" else kind, on, kind == "retroactive", number)
            for number, (kind, on) in enumerate(events, 1)
        ),
    )


def refused(act: Callable[..., None], *arguments: Any) -> tuple[str, str, str | None]:
    """The code, the sentence and the field of a refusal."""
    with pytest.raises(Refusal) as caught:
        act(*arguments)
    assert not re.search(r" [:;!?»]|« ", caught.value.sentence), "no-break spaces"
    return caught.value.code, plain(caught.value.sentence), caught.value.field


# ---------------------------------------------------------------- dates


def test_a_certification_of_one_day_is_one() -> None:
    check_dates(START, START, TODAY)


def test_an_end_before_its_start() -> None:
    assert refused(check_dates, START, START - DAY, TODAY) == (
        "registry.dates",
        "La certification finit avant d’avoir commencé : corrigez les dates.",
        "valid_until",
    )


def test_years_that_cannot_be() -> None:
    check_dates(date(2000, 1, 1), date(2100, 12, 31), TODAY)
    sentence = "Une certification va au plus du 1er janvier 2000 au 31 décembre 2100 : vérifiez les années."
    code = "registry.implausible_dates"
    assert refused(check_dates, date(1999, 12, 31), END, TODAY) == (code, sentence, "valid_from")
    assert refused(check_dates, START, date(2101, 1, 1), TODAY) == (code, sentence, "valid_until")


def test_a_start_more_than_a_year_away() -> None:
    check_dates(date(2027, 11, 22), date(2028, 12, 31), TODAY)
    assert refused(check_dates, date(2027, 11, 23), date(2028, 12, 31), TODAY) == (
        "registry.too_far",
        "Cette certification commence dans plus d’un an : vérifiez l’année, ou inscrivez-la plus tard.",
        "valid_from",
    )


# ---------------------------------------------------------------- events


def test_an_event_is_not_in_the_future() -> None:
    check_life(lived(("suspended", TODAY)), TODAY)
    for kind in ("suspended", "retroactive"):
        assert refused(check_life, lived((kind, TODAY + DAY)), TODAY)[0] == "registry.future_event"
    assert refused(check_life, lived(("withdrawn", TODAY + DAY)), TODAY) == (
        "registry.future_event",
        "Cet événement (retrait) est daté du 23 novembre 2026, dans le futur : inscrivez-le quand il a lieu.",
        "on",
    )


@pytest.mark.parametrize("kind", ["suspended", "withdrawn"])
@pytest.mark.parametrize(
    ("on", "good"),
    [
        (START - DAY, False),
        (START, True),
        (START + DAY, True),
        (END - DAY, True),
        (END, True),
        (END + DAY, False),
    ],
)
def test_an_event_is_within_its_certification(kind: str, on: date, good: bool) -> None:
    life, today = lived((kind, on)), date(2027, 6, 1)
    if good:
        check_life(life, today)
    else:
        assert refused(check_life, life, today)[0] == "registry.outside_validity"


def test_the_sentence_names_the_day_and_the_validity() -> None:
    assert refused(check_life, lived(("suspended", START - DAY)), TODAY) == (
        "registry.outside_validity",
        (
            "Cet événement (suspension), daté du 31 décembre 2025, est hors de la validité de la certification "
            "(du 1er janvier 2026 au 31 décembre 2026) : vérifiez les dates."
        ),
        "on",
    )


def test_a_reinstatement_after_the_end_is_outside_too() -> None:
    told = lived(("suspended", END), ("reinstated", END + DAY))
    assert refused(check_life, told, date(2027, 6, 1))[0] == "registry.outside_validity"


@pytest.mark.parametrize("on", [START - DAY, START, END, END + DAY, date(2027, 5, 1)])
def test_a_fraud_is_found_when_it_is_found(on: date) -> None:
    check_life(lived(("retroactive", on)), date(2027, 6, 1))


def test_a_fraud_found_in_another_century() -> None:
    check_life(lived(("retroactive", date(2000, 1, 1))), TODAY)
    assert refused(check_life, lived(("retroactive", date(1999, 12, 31))), TODAY) == (
        "registry.implausible_dates",
        "Cet événement (retrait) est daté du 31 décembre 1999 : vérifiez l’année.",
        "on",
    )


DAY_1, DAY_2, DAY_3 = date(2026, 3, 1), date(2026, 5, 1), date(2026, 7, 1)


@pytest.mark.parametrize("kind", ["suspended", "reinstated", "withdrawn"])
def test_nothing_follows_a_withdrawal(kind: str) -> None:
    told = lived(("suspended", DAY_1), ("withdrawn", DAY_2), (kind, DAY_2))
    code, sentence, field = refused(check_life, told, TODAY)
    assert (code, field) == ("registry.after_withdrawal", "on")
    word = {"suspended": "suspension", "reinstated": "rétablissement", "withdrawn": "retrait"}[kind]
    assert sentence == (
        "Cette certification est retirée depuis le 1er mai 2026, et rien ne revient sur un retrait (art. 4) : "
        f"un autre événement ({word}) est daté du 1er mai 2026. Corrigez celui des deux qui est faux."
    )


def test_but_a_fraud_found_later() -> None:
    check_life(lived(("withdrawn", DAY_1), ("retroactive", DAY_2)), TODAY)
    check_life(lived(("retroactive", DAY_1), ("suspended", DAY_2), ("withdrawn", DAY_3)), TODAY)
    told = lived(("retroactive", DAY_1), ("withdrawn", DAY_2), ("retroactive", DAY_3))
    assert refused(check_life, told, TODAY) == (
        "registry.already_withdrawn",
        (
            "Cette certification est déjà retirée rétroactivement, le 1er mars 2026 : elle est réputée n’avoir jamais "
            "compté (art. 4)."
        ),
        "on",
    )


def test_a_reinstatement_needs_a_suspension() -> None:
    check_life(lived(("suspended", DAY_1), ("reinstated", DAY_1)), TODAY)
    assert refused(check_life, lived(("reinstated", DAY_1), ("suspended", DAY_1)), TODAY) == (
        "registry.not_suspended",
        "Cette certification n’est pas suspendue au 1er mars 2026 : il n’y a rien à rétablir.",
        "on",
    )


def test_facts_learned_in_another_order_than_their_days_may_repeat() -> None:
    """Suspended, reinstated, suspended: the second suspension is known first."""
    check_life(lived(("suspended", DAY_1), ("suspended", DAY_3)), TODAY)
    check_life(lived(("suspended", DAY_1), ("reinstated", DAY_2), ("suspended", DAY_3)), TODAY)


# ---------------------------------------------------------------- what is told anew


def test_news_change_something() -> None:
    told = lived(("suspended", DAY_1), ("reinstated", DAY_2), ("suspended", DAY_3), ("withdrawn", DAY_3))
    for number in (1, 2, 3, 4):
        check_news(told, number)


def test_suspended_already() -> None:
    again = lived(("suspended", DAY_1), ("suspended", DAY_1), ("suspended", DAY_2))
    check_news(again, 1)
    sentence = "Cette certification est déjà suspendue depuis le 1er mars 2026."
    for number in (2, 3):
        assert refused(check_news, again, number) == ("registry.already_suspended", sentence, "on")


def test_reinstated_already() -> None:
    again = lived(("suspended", DAY_1), ("reinstated", DAY_2), ("reinstated", DAY_3))
    check_news(again, 2)
    assert refused(check_news, again, 3) == (
        "registry.not_suspended",
        "Cette certification n’est pas suspendue au 1er juillet 2026 : il n’y a rien à rétablir.",
        "on",
    )


@pytest.mark.parametrize("kind", ["suspended", "withdrawn", "retroactive"])
def test_nothing_happens_any_more_to_what_never_counted(kind: str) -> None:
    told = lived(("suspended", DAY_1), ("retroactive", DAY_2), (kind, DAY_3))
    check_news(told, 1)
    check_news(told, 2)
    assert refused(check_news, told, 3)[0] == "registry.already_withdrawn"


# ---------------------------------------------------------------- the place


@pytest.mark.parametrize(
    ("start", "end", "good"),
    [
        (date(2026, 4, 1), date(2026, 5, 31), True),
        (date(2026, 4, 1), date(2026, 6, 1), False),
        (date(2026, 6, 2), date(2026, 6, 2), False),
        (date(2026, 4, 1), date(2026, 12, 1), False),
        (date(2026, 6, 30), date(2026, 12, 1), False),
        (date(2026, 7, 1), date(2026, 12, 1), True),
    ],
)
def test_two_of_one_label_never_cover_the_same_day(start: date, end: date, good: bool) -> None:
    other = ("NFG-1", Life(date(2026, 6, 1), date(2026, 6, 30), ()))
    if good:
        check_no_overlap(Life(start, end, ()), [other], "SecNumCloud")
        return
    assert refused(check_no_overlap, Life(start, end, ()), [other], "SecNumCloud") == (
        "registry.overlap",
        (
            "La certification NFG-1 couvre déjà cette solution pour le label SecNumCloud, du 1er juin 2026 au "
            "30 juin 2026 : deux certifications d’un même label ne se chevauchent pas."
        ),
        "valid_from",
    )


def test_the_place_of_a_withdrawn_one_is_free_from_that_day() -> None:
    withdrawn = lived(("withdrawn", DAY_2))
    check_no_overlap(Life(DAY_2, END, ()), [("NFG-1", withdrawn)], "NFG")
    assert refused(check_no_overlap, Life(DAY_2 - DAY, END, ()), [("NFG-1", withdrawn)], "NFG")[0] == (
        "registry.overlap"
    )


def test_that_of_a_suspended_one_is_not() -> None:
    suspended = lived(("suspended", DAY_2))
    assert refused(check_no_overlap, Life(DAY_3, END, ()), [("NFG-1", suspended)], "NFG")[0] == (
        "registry.overlap"
    )


def test_what_never_counted_holds_no_place() -> None:
    never = lived(("retroactive", DAY_2))
    check_no_overlap(lived(), [("NFG-1", never)], "NFG")
    check_no_overlap(never, [("NFG-1", lived())], "NFG")


# ---------------------------------------------------------------- audits and labels


def test_an_audit_of_every_criterion() -> None:
    check_audit(MET, CRITERIA, "NFG", TODAY)
    check_audit(Audit(), (), "SFG", TODAY)
    check_audit(Audit((True, True, True), TODAY, "RA-1"), CRITERIA, "NFG", TODAY)


@pytest.mark.parametrize(
    ("audit", "code", "sentence", "field"),
    [
        (
            Audit((True, False, True), TODAY, "RA-1"),
            "criteria",
            "Le label NFG demande que ce critère soit rempli : « Données protégées ».",
            "criteria",
        ),
        (
            Audit((True, True), TODAY, "RA-1"),
            "criteria",
            "Le label NFG demande que ce critère soit rempli : « Valeur ajoutée en France ».",
            "criteria",
        ),
        (
            Audit((True,) * 4, TODAY, "RA-1"),
            "criteria",
            "Le label NFG n’a pas autant de critères.",
            "criteria",
        ),
        (Audit((True,) * 3, None, "RA-1"), "audit_missing", "Indiquez la date de l’audit.", "audited_on"),
        (
            Audit((True,) * 3, TODAY, " "),
            "evidence_missing",
            "Indiquez la référence du rapport d’audit.",
            "evidence",
        ),
        (
            Audit((True,) * 3, TODAY, "x" * 201),
            "text_too_long",
            "La référence du rapport d’audit compte 201 caractères : 200 au plus.",
            "evidence",
        ),
        (
            Audit((True,) * 3, TODAY + DAY, "RA-1"),
            "future_audit",
            "L’audit est daté du 23 novembre 2026, dans le futur : corrigez la date.",
            "audited_on",
        ),
        (
            Audit((True,) * 3, date(1999, 12, 31), "RA-1"),
            "implausible_dates",
            "L’audit est daté du 31 décembre 1999 : vérifiez l’année.",
            "audited_on",
        ),
    ],
)
def test_an_audit_that_says_less(audit: Audit, code: str, sentence: str, field: str) -> None:
    assert refused(check_audit, audit, CRITERIA, "NFG", TODAY) == (f"registry.{code}", sentence, field)


TERMS = Terms("Service France Garanti", frozenset({1, 2}), frozenset({"workplace"}), ())


def test_the_terms_of_a_label() -> None:
    check_terms(TERMS, 2, "AFNOR", "workplace", Audit(), TODAY)
    check_terms(Terms("NFG", frozenset({1}), frozenset(), CRITERIA), 1, "BV", "quantum", MET, TODAY)
    assert refused(check_terms, TERMS, 3, "ANSSI", "workplace", Audit(), TODAY) == (
        "registry.not_your_label",
        "Le label Service France Garanti n’est pas délivré par ANSSI : il ne peut pas l’inscrire.",
        "label",
    )
    with pytest.raises(Forbidden):
        check_terms(TERMS, 3, "ANSSI", "workplace", Audit(), TODAY)
    assert refused(check_terms, TERMS, 1, "BV", "quantum", Audit(), TODAY) == (
        "registry.axis_not_covered",
        "Le label Service France Garanti ne couvre pas l’usage de cette solution.",
        "label",
    )
    terms = Terms("NFG", frozenset({1}), frozenset(), CRITERIA)
    assert refused(check_terms, terms, 1, "BV", "ai", Audit(), TODAY)[0] == "registry.criteria"


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize("text", ["x", "É" * 80, "NFG 2026/42\u00a0bis", "数据-1", "Œuvre « libre »"])
def test_a_text_that_fits(text: str) -> None:
    check_text(text, "la référence", 80, "reference")


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("", "text_missing", "Indiquez la référence."),
        (" \u00a0", "text_missing", "Indiquez la référence."),
        ("x" * 81, "text_too_long", "La référence compte 81 caractères : 80 au plus."),
        (
            "a\x00b",
            "text_control",
            "La référence contient un caractère invisible : écrivez ce texte à nouveau.",
        ),
        (
            "a\nb",
            "text_control",
            "La référence contient un caractère invisible : écrivez ce texte à nouveau.",
        ),
        (
            "a\ud800",
            "text_control",
            "La référence contient un caractère invisible : écrivez ce texte à nouveau.",
        ),
    ],
)
def test_a_text_that_does_not(text: str, code: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_text(text, "la référence", 80, "reference")
    assert (caught.value.code, plain(caught.value.sentence)) == (f"registry.{code}", sentence)
    assert caught.value.field == "reference"
