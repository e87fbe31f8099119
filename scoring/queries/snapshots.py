"""What stored scores were made from, read from their snapshots and the points that their run keeps for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoring import formula
from scoring.models import Score


class Snapshots:
    """Reads snapshots; the points of a run are asked for and read once, however many of its scores there are."""

    def __init__(self) -> None:
        self._frames: dict[int | None, formula.Frames] = {}

    def inputs_of(self, score: Score) -> formula.EmployeeInput:
        """What a score was made from. Raises ValueError for a format that this version does not know."""
        if not formula.names_frames(score.inputs):
            return formula.from_json(score.inputs)
        frames = self._frames.get(score.run_id)
        if frames is None:
            frames = self._frames[score.run_id] = formula.frames_of(score.run.basis.points)
        return formula.from_json(score.inputs, frames)


def inputs_of(score: Score) -> formula.EmployeeInput:
    """What one score was made from; for several ask one `Snapshots`."""
    return Snapshots().inputs_of(score)


def inputs_from(snapshot: Mapping[str, Any], points: Mapping[str, Any] | None) -> formula.EmployeeInput:
    """The same from the columns: a snapshot and the points of its run (None where it was scored in the first format)."""
    named = {key: points[key] for key in formula.frame_keys(snapshot)} if points else {}
    return formula.from_json(snapshot, formula.frames_of(named))
