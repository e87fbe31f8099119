"""Answers about scores: what a quarter scores now, why, who stands where, and what keeps it from publication."""

from scoring.queries.corrections import Moved, moves_of_correction, preview_of_correction
from scoring.queries.explanations import ExplainedLine, Explanation, explain_score, explanation
from scoring.queries.outcomes import Outcome, score_now
from scoring.queries.rankings import (
    RankingFilters,
    RankingRow,
    current_run,
    movement_text,
    previous_ranks,
    ranking_rows,
)
from scoring.queries.readiness import Concerned, Obstacle, Readiness, is_outdated, publicity_ends, readiness
from scoring.queries.scorer import ScoredPerson
from scoring.queries.standing import as_it_stands, first_standing

__all__ = [
    "Concerned",
    "ExplainedLine",
    "Explanation",
    "Moved",
    "Obstacle",
    "Outcome",
    "RankingFilters",
    "RankingRow",
    "Readiness",
    "ScoredPerson",
    "as_it_stands",
    "current_run",
    "explain_score",
    "explanation",
    "first_standing",
    "is_outdated",
    "movement_text",
    "moves_of_correction",
    "preview_of_correction",
    "previous_ranks",
    "publicity_ends",
    "ranking_rows",
    "readiness",
    "score_now",
]
