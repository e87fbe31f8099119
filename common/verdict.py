"""The answer to "may I?": yes, or no with the one sentence that every door shows."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refused, Sentence


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an act is allowed. The greyed button, the refusal and the API share `message`."""

    allowed: bool
    message: Sentence = ""
    code: str = ""

    @classmethod
    def yes(cls) -> Verdict:
        return _YES

    @classmethod
    def no(cls, message: Sentence, code: str = "refused") -> Verdict:
        return cls(False, message, code)

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> None:
        """Raises Refused with the sentence unless the act is allowed."""
        if not self.allowed:
            raise Refused(self.message, code=self.code)


_YES = Verdict(True)
