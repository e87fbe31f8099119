"""Five stars, and what results are used for."""

from awards.models.selections import (
    COMMITTEE,
    RUNS_SELECTIONS,
    AwardSettings,
    BallotCast,
    Nomination,
    Objection,
    PoolMember,
    Selection,
    SelectionStep,
    StarAward,
    StarCategory,
    StarKind,
    Tally,
    Voter,
)
from awards.models.uses import READS_USES, TrainingAttendance, TrainingSession, UseLine, UseList

__all__ = [
    "COMMITTEE",
    "READS_USES",
    "RUNS_SELECTIONS",
    "AwardSettings",
    "BallotCast",
    "Nomination",
    "Objection",
    "PoolMember",
    "Selection",
    "SelectionStep",
    "StarAward",
    "StarCategory",
    "StarKind",
    "Tally",
    "TrainingAttendance",
    "TrainingSession",
    "UseLine",
    "UseList",
    "Voter",
]
