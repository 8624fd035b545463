"""The law, pure: dated parameters (``parameters/*.yaml``) and the rules of the regulation on columns."""

from bonus.regulation.documents import Purchase, RequiredDocument, required_documents
from bonus.regulation.evaluation import evaluate_columns
from bonus.regulation.explain import explain, explain_rate, sentences
from bonus.regulation.loader import ParametersError, from_content, load_parameters
from bonus.regulation.outcome import EvaluatedClaim, evaluate, evaluate_claim
from bonus.regulation.reader import InvalidFacts
from bonus.regulation.reasons import REASONS, REDUCTIONS, Reason, article_of, label_of
from bonus.regulation.room import Counted, Room, de_minimis_room
from bonus.regulation.size import size_categories, size_category
from bonus.regulation.size_words import SizeTest, size_tests
from bonus.regulation.values import Parameters

__all__ = [
    "REASONS",
    "REDUCTIONS",
    "Counted",
    "EvaluatedClaim",
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
    "label_of",
    "load_parameters",
    "required_documents",
    "sentences",
    "size_categories",
    "size_category",
    "size_tests",
]
