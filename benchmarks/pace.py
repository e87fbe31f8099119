"""The pace of the processor while something else is measured."""

from __future__ import annotations

import statistics
import threading
import time


class Pace:
    """How fast the processor was meanwhile: a loop that is always the same, timed once a second in a thread of its own.

    A virtual machine's processor is half as fast again in one minute as in the next, and says nothing of it.
    """

    def __init__(self) -> None:
        self._over, self._taken = threading.Event(), [self._loop()]
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Pace:
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(1):
            self._taken.append(self._loop())

    @staticmethod
    def _loop() -> float:
        began, total, texts = time.thread_time(), 0, {}
        for number in range(20_000):
            total += number * number % 7
            texts[number & 255] = str(total)
        return 1000 * (time.thread_time() - began)

    @property
    def mean(self) -> float:
        """Milliseconds of processor time that the loop took."""
        return statistics.mean(self._taken)
