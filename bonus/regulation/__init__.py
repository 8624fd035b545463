"""The law, pure: dated parameters (``parameters/*.yaml``) and the rules of the regulation on columns."""

from bonus.regulation.documents import Purchase, RequiredDocument, required_documents
from bonus.regulation.evaluation import evaluate_columns
from bonus.regulation.explain import explain, explain_rate, sentences
from bonus.regulation.grounds import REDUCE, REFUSE, Ground, grounds_on
from bonus.regulation.loader import ParametersError, from_content, load_parameters
from bonus.regulation.outcome import EvaluatedClaim, evaluate, evaluate_claim
from bonus.regulation.reader import InvalidFacts
from bonus.regulation.reasons import (
    BY_OFFICER,
    BY_SILENCE,
    ON_EXAMINATION,
    REASONS,
    REDUCTIONS,
    Reason,
    article_of,
    label_of,
)
from bonus.regulation.room import Counted, Room, de_minimis_room
from bonus.regulation.size import size_categories, size_category
from bonus.regulation.size_words import SizeTest, size_tests
from bonus.regulation.values import Parameters

__all__ = [
    "BY_OFFICER",
    "BY_SILENCE",
    "ON_EXAMINATION",
    "REASONS",
    "REDUCE",
    "REDUCTIONS",
    "REFUSE",
    "Counted",
    "EvaluatedClaim",
    "Ground",
    "InvalidFacts",
    "Parameters",
    "ParametersError",
    "Purchase",
    "Reason",
    "RequiredDocument",
    "Room",
    "SizeTest",
    "article_of",
    "de_minimis_room",
    "evaluate",
    "evaluate_claim",
    "evaluate_columns",
    "explain",
    "explain_rate",
    "from_content",
    "grounds_on",
    "label_of",
    "load_parameters",
    "required_documents",
    "sentences",
    "size_categories",
    "size_category",
    "size_tests",
]
