"""Warnings with two signatures, and supervision letters with their close-out."""

from supervision.models.letters import (
    SEES_ALL_LETTERS,
    ItemExtension,
    ItemReport,
    Letter,
    LetterItem,
    LetterSettings,
    LetterStep,
    ProposedMinus,
    ReportFile,
)
from supervision.models.warnings import SEES_ALL_WARNINGS, Escalation, Warned, WarningSheet, WarningSignature

__all__ = [
    "SEES_ALL_LETTERS",
    "SEES_ALL_WARNINGS",
    "Escalation",
    "ItemExtension",
    "ItemReport",
    "Letter",
    "LetterItem",
    "LetterSettings",
    "LetterStep",
    "ProposedMinus",
    "ReportFile",
    "Warned",
    "WarningSheet",
    "WarningSignature",
]
