"""Adjustments, department scores, the scored quarters with their inputs, and the appeals against them."""

from scoring.models.adjustments import (
    Adjustment,
    AdjustmentFile,
    AdjustmentQuerySet,
    AdjustmentStep,
    DepartmentScore,
)
from scoring.models.appeals import Appeal, AppealFile
from scoring.models.scores import (
    SEES_ALL_EXPLANATIONS,
    SEES_ALL_RANKINGS,
    Acknowledgement,
    RunBasis,
    Score,
    ScoreQuerySet,
    ScoreRun,
    ScoringJob,
)
from scoring.models.waves import Wave, WaveUnit

__all__ = [
    "SEES_ALL_EXPLANATIONS",
    "SEES_ALL_RANKINGS",
    "Acknowledgement",
    "Adjustment",
    "AdjustmentFile",
    "AdjustmentQuerySet",
    "AdjustmentStep",
    "Appeal",
    "AppealFile",
    "DepartmentScore",
    "RunBasis",
    "Score",
    "ScoreQuerySet",
    "ScoreRun",
    "ScoringJob",
    "Wave",
    "WaveUnit",
]
