"""Bulletins of a bureau in each state, in quarters that nobody works in any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from indicators.models import Quarter
from reports.models import Bulletin
from reports.queries.bulletin_draft import draft_of
from scoring.models import ScoreRun
from tests.factories import make_quarter


@dataclass
class Issuing:
    draft: Bulletin
    review: Bulletin
    published: Bulletin


def make_issuing(name: str, run: ScoreRun) -> Issuing:
    now, day = timezone.now(), date(2020, 7, 1)
    figures = draft_of(run, today=day).frozen()

    def bulletin(code: str, state: str, **values: object) -> Bulletin:
        quarter = make_quarter(run.bureau, code, state=Quarter.State.OPEN)
        return Bulletin.objects.create(
            bureau=run.bureau, quarter=quarter, run=run, title=f"{name}通报", overview=f"{name}情况", figures=figures,
            state=state, drafted_at=now, **values,
        )  # fmt: skip

    return Issuing(
        draft=bulletin("2019Q1", Bulletin.State.DRAFT),
        review=bulletin("2019Q2", Bulletin.State.REVIEW, reviewed_at=now),
        published=bulletin(
            "2019Q3",
            Bulletin.State.PUBLISHED,
            number=f"{name}〔2020〕1号",
            published_at=now,
            published_on=day,
            digest="0" * 64,
        ),
    )
