"""Three showings, talks, and the quarterly review meeting."""

from reviews.models.meetings import (
    ATTENDS_MEETINGS,
    AgendaItem,
    LostPoint,
    MeetingAction,
    MeetingComment,
    ReviewMeeting,
)
from reviews.models.showings import (
    HIGHEST_MARK,
    SEES_ALL_SHOWINGS,
    FollowUp,
    Participant,
    Rating,
    ReviewSettings,
    Showing,
    ShowingBranch,
    Statement,
)
from reviews.models.talks import Talk, TalkSignature, TalkSuggestion, Trigger

__all__ = [
    "ATTENDS_MEETINGS",
    "HIGHEST_MARK",
    "SEES_ALL_SHOWINGS",
    "AgendaItem",
    "FollowUp",
    "LostPoint",
    "MeetingAction",
    "MeetingComment",
    "Participant",
    "Rating",
    "ReviewMeeting",
    "ReviewSettings",
    "Showing",
    "ShowingBranch",
    "Statement",
    "Talk",
    "TalkSignature",
    "TalkSuggestion",
    "Trigger",
]
