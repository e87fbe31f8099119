"""Addresses of the three showings, the talks and the review meeting."""

from django.urls import path

from reviews.views import closing, holding, ratings, showings, statements, talks

app_name = "reviews"

urlpatterns = [
    path("showings/", showings.showings, name="showings"),
    path("showings/new/", showings.showing_new, name="showing-new"),
    path("showings/year/", showings.showing_year, name="showing-year"),
    path("showings/settings/", showings.showing_settings, name="showing-settings"),
    path("showings/<int:pk>/", showings.showing, name="showing"),
    path("showings/<int:pk>/edit/", showings.showing_edit, name="showing-edit"),
    path("showings/<int:pk>/cancel/", showings.showing_cancel, name="showing-cancel"),
    path("showings/<int:pk>/projector/", showings.projector, name="projector"),
    path("showings/<int:pk>/statement/", statements.statement, name="statement"),
    path("showings/<int:pk>/statement/draft/", statements.statement_draft, name="statement-draft"),
    path("showings/<int:pk>/order/", holding.showing_order, name="showing-order"),
    path("showings/<int:pk>/hold/", holding.showing_hold, name="showing-hold"),
    path("showings/<int:pk>/minutes/", holding.showing_minutes, name="showing-minutes"),
    path("showings/<int:pk>/ratings/", ratings.ratings, name="ratings"),
    path("showings/<int:pk>/ratings/save/", ratings.ratings_save, name="ratings-save"),
    path("showings/<int:pk>/ratings/remind/", ratings.ratings_remind, name="ratings-remind"),
    path("showings/<int:pk>/summary/", closing.summary, name="summary"),
    path("showings/<int:pk>/close/", closing.close, name="showing-close"),
    path("showings/<int:pk>/follow-ups/", closing.follow_up_new, name="follow-up-new"),
    path("showings/follow-ups/", closing.follow_ups, name="follow-ups"),
    path("showings/follow-ups/<int:pk>/report/", closing.follow_up_report, name="follow-up-report"),
    path("showings/follow-ups/<int:pk>/remove/", closing.follow_up_remove, name="follow-up-remove"),
    path("talks/", talks.talks, name="talks"),
    path("talks/new/", talks.talk_new, name="talk-new"),
    path("talks/suggestions/<int:pk>/dismiss/", talks.suggestion_dismiss, name="suggestion-dismiss"),
    path("talks/<int:pk>/", talks.talk, name="talk"),
    path("talks/<int:pk>/edit/", talks.talk_edit, name="talk-edit"),
    path("talks/<int:pk>/keep/", talks.talk_keep, name="talk-keep"),
    path("talks/<int:pk>/discard/", talks.talk_discard, name="talk-discard"),
    path("talks/<int:pk>/sign/", talks.talk_sign, name="talk-sign"),
    path("talks/<int:pk>/take-back/", talks.talk_take_back, name="talk-take-back"),
    path("talks/<int:pk>/follow-up/", talks.talk_follow_up, name="talk-follow-up"),
]
