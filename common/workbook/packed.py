"""A read-only table from whole numbers to whole numbers in 16 bytes an entry, for half a million rows at once."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable


class PackedTable:
    """Built once from pairs, best already in the order of their keys; then asked by `get`."""

    __slots__ = ("_keys", "_values")

    def __init__(self, pairs: Iterable[tuple[int, int]]) -> None:
        self._keys = array("q")
        self._values = array("q")
        last = None
        ordered = True
        for key, value in pairs:
            ordered = ordered and (last is None or last < key)
            last = key
            self._keys.append(key)
            self._values.append(value)
        if not ordered:
            order = sorted(range(len(self._keys)), key=self._keys.__getitem__)
            self._keys = array("q", (self._keys[place] for place in order))
            self._values = array("q", (self._values[place] for place in order))

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, key: int) -> int | None:
        """The value of a key, None if there is none."""
        place = bisect_left(self._keys, key)
        return self._values[place] if place < len(self._keys) and self._keys[place] == key else None
