"""The three libraries (361): scheme, quarters, key works, assessment points and versions, items taken on, results."""

from indicators.models.points import AssessmentPoint, KeyWork, Library, PointVersion, PointVersionQuerySet
from indicators.models.quarters import CorrectionPass, Quarter, QuarterStep, RosterSignature, SchemeSetting
from indicators.models.results import (
    Evidence,
    FactToken,
    HeldQuerySet,
    Item,
    ItemRequest,
    Result,
    ResultOpening,
)

__all__ = [
    "AssessmentPoint",
    "CorrectionPass",
    "Evidence",
    "FactToken",
    "HeldQuerySet",
    "Item",
    "ItemRequest",
    "KeyWork",
    "Library",
    "PointVersion",
    "PointVersionQuerySet",
    "Quarter",
    "QuarterStep",
    "Result",
    "ResultOpening",
    "RosterSignature",
    "SchemeSetting",
]
