"""A line cut by the year's ceiling and one wrongly matched, contested together: neither loses to the other (art. 6)."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from bonus.claims.appeal_examining import propose_answer, take_appeal
from bonus.claims.appeals import appeal_by
from bonus.companies.models import Company
from bonus.errors import InvalidInput
from bonus.extensions import db
from tests.claims.reading import claim_of
from tests.support.appeals import REASONS, SUITE, WRONG, appealed, lines_of
from tests.support.bills import Item, bill
from tests.support.world import NOW, World, decided, draft


def test_the_cut_line_keeps_what_it_has_and_the_other_is_decided_without_it(
    any_world: World, any_session: Session
) -> None:
    company = db.session.get_one(Company, any_world.company_id)
    company.headcount, company.turnover_cents, company.balance_sheet_cents = 5, 1_000_000_00, 1_000_000_00
    db.session.commit()
    # The year of a micro company is used up by the second line: the first, matched anew, would take from it.
    dossier = decided(any_world, draft(any_world, [bill(WRONG, Item(400_000_00))]))
    wrong, cut = lines_of(dossier)
    former = claim_of(dossier).decisions[0].lines[1].bonus_cents
    assert former == 50_000_00
    reference = appealed(any_world, dossier)
    take_appeal(reference, any_world.other_reviewer, NOW)
    both = {str(wrong): SUITE, str(cut): None}
    with pytest.raises(InvalidInput, match="elles gardent ce qu’elles ont"):
        propose_answer(reference, "reform", REASONS, both, any_world.other_reviewer, NOW)
    db.session.rollback()
    assert appeal_by(reference).status == "under_examination"
    propose_answer(reference, "reform", REASONS, {str(wrong): SUITE}, any_world.other_reviewer, NOW)
    proposed = appeal_by(reference)
    assert proposed.proposed_lines == {str(wrong): SUITE}
    assert claim_of(dossier).granted_cents == former
