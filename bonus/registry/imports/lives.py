"""What the life of each certification becomes with the rows of a file: facts that are new, corrections, refusals."""

from __future__ import annotations

from datetime import date

from bonus.calendar import format_date
from bonus.errors import Refusal
from bonus.registry.files import CertificationRow
from bonus.registry.history import Fact, Life, life
from bonus.registry.rules import Audit, Terms, check_life, check_news, check_terms, invalid

from .cases import Case, Context
from .held import HeldCertification


def tell_life(case: Case, context: Context) -> None:
    """Note in a case what is new of it, and the life that results; refuse it when that cannot be."""
    try:
        facts = _begun(case, context) if case.held is None else _known(case, case.held, context)
        if case.held is not None and case.corrected is None and not case.events:
            return
        _tell_events(case, facts, context)
    except Refusal as refusal:
        case.refuse(refusal)


def _begun(case: Case, context: Context) -> list[Fact]:
    """The grant of a new certification, its label's terms met."""
    row = case.row
    audit = Audit(row.criteria, row.audited_on, row.evidence)
    _check_terms(case, row.valid_from, audit, context)
    case.audit = audit
    case.events = [one for one in case.rows if one.event is not None]
    return [Fact(1, "granted", context.now, row.valid_from, row.valid_until)]


def _known(case: Case, held: HeldCertification, context: Context) -> list[Fact]:
    """What is known of a certification, with the correction that a row makes of its grant."""
    row, grant = case.row, held.grant
    if grant is None:
        raise invalid(
            "registry.annulled",
            "Cette certification a été annulée par le gardien du registre : si elle existe bien, inscrivez-la sous une "
            "autre référence.",
            "reference",
        )
    told = held.told_events
    for one in case.rows:
        if one.event is not None and one.event_on is not None:
            standing = told.get((one.event, one.event_on, one.retroactive))
            if standing is None:
                case.events.append(one)
            elif not standing:
                case.settled.append(one)
    facts = [fact.plain for fact in held.facts]
    # An empty cell says nothing: what is known stays.
    audit = Audit(
        row.criteria or grant.criteria, row.audited_on or grant.audited_on, row.evidence or grant.evidence
    )
    known = (
        grant.plain.valid_from,
        grant.plain.valid_until,
        grant.criteria,
        grant.audited_on,
        grant.evidence,
    )
    if (row.valid_from, row.valid_until, audit.criteria, audit.audited_on, audit.evidence) == known:
        return facts
    _check_terms(case, row.valid_from, audit, context)
    case.corrected, case.audit = grant, audit
    correction = Fact(
        facts[-1].id + 1,
        "granted",
        context.now,
        row.valid_from,
        row.valid_until,
        corrects_id=grant.plain.id,
    )
    facts.append(correction)
    after = life(facts)
    assert after is not None  # its grant is the correction
    check_news(after, correction.id)
    return facts


def _tell_events(case: Case, facts: list[Fact], context: Context) -> None:
    """Add the new events of a case to its facts. Retroactive ones come last: what they efface was told before."""
    if not case.events:
        case.life = life(facts) if case.held is not None else _plain(case.row)
        assert case.life is not None
        _check(case, case.life, {}, context.today)
        return
    rows: dict[int, CertificationRow] = {}
    for retroactive in (False, True):
        new = [row for row in case.events if row.retroactive is retroactive]
        for row in new:
            number = facts[-1].id + 1
            rows[number] = row
            facts.append(_event(number, row, context))
        case.life = life(facts)
        assert case.life is not None  # a grant stands
        _check(case, case.life, rows, context.today)
        if case.fault is not None:
            return
        for number, row in rows.items():
            if row.retroactive is retroactive:
                _try(case, row.line, case.life, number)


def _plain(row: CertificationRow) -> Life:
    return Life(row.valid_from, row.valid_until, ())


def _event(number: int, row: CertificationRow, context: Context) -> Fact:
    assert row.event is not None
    return Fact(number, row.event, context.now, happened_on=row.event_on, retroactive=row.retroactive)


def _check(case: Case, after: Life, rows: dict[int, CertificationRow], today: date) -> None:
    """Refuse a life that cannot be, at the row of the first event that cannot follow those before it."""
    try:
        check_life(after, today)
    except Refusal as refusal:
        case.refuse(refusal, _line_at_fault(after, rows, today))


def _line_at_fault(after: Life, rows: dict[int, CertificationRow], today: date) -> int | None:
    line: int | None = None
    for rank, event in enumerate(after.events, 1):
        if event.fact_id in rows:
            line = rows[event.fact_id].line
        try:
            check_life(Life(after.valid_from, after.valid_until, after.events[:rank]), today)
        except Refusal:
            return line  # its own row, or the last one before a fact the registry has
    return line


def _try(case: Case, line: int, after: Life, number: int) -> None:
    try:
        check_news(after, number)
    except Refusal as refusal:
        case.refuse(refusal, line)


def _check_terms(case: Case, on: date, audit: Audit, context: Context) -> None:
    terms = terms_of(case.row.label, on, context)
    check_terms(terms, context.certifier_id, context.certifier_name, case.row.axis, audit, context.today)


def terms_of(label: str, on: date, context: Context) -> Terms:
    """What a label asks on a day. Raises InvalidInput when it does not exist that day."""
    terms = context.terms(label, on)
    if terms is None:
        raise invalid(
            "registry.unknown_label",
            f"Le label {label} n’existe pas au {format_date(on)} : vérifiez le label ou le début de la validité.",
            "label",
        )
    return terms
