"""The doors out of the house: a mail server, the group robots. No rows here, only what is said to whom and how it ended."""


class NotSent(Exception):
    """It certainly did not go out: tried again later, unless `final` says that no later try can succeed."""

    def __init__(self, sentence: str, *, final: bool = False) -> None:
        super().__init__(sentence)
        self.final = final


class Unknown(Exception):
    """It was handed over and no answer came: it may have gone out, so it is not sent again without a person's word."""
