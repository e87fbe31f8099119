"""Addresses of the five stars and of what results are used for."""

from django.urls import URLPattern, path

from awards.views import deciding, nominating, selections, trainings, uses, voting, wall

app_name = "awards"

selecting = [
    path("stars/", selections.stars, name="stars"),
    path("stars/open/", selections.selection_open, name="selection-open"),
    path("stars/settings/", selections.selection_settings, name="selection-settings"),
    path("stars/<int:pk>/", selections.selection, name="selection"),
    path("stars/<int:pk>/edit/", selections.selection_edit, name="selection-edit"),
    path("stars/<int:pk>/cancel/", selections.selection_cancel, name="selection-cancel"),
    path("stars/<int:pk>/pool/", selections.selection_pool, name="selection-pool"),
    path("stars/<int:pk>/nominations/", nominating.nominations, name="nominations"),
    path("stars/<int:pk>/nominate/", nominating.nominate_page, name="nominate"),
    path("stars/nominations/<int:pk>/withdraw/", nominating.nomination_withdraw, name="nomination-withdraw"),
    path("stars/<int:pk>/ballot/", voting.ballot, name="ballot"),
    path("stars/<int:pk>/ballot/<slug:kind>/", voting.ballot_star, name="ballot-star"),
    path("stars/<int:pk>/open-ballot/", voting.ballot_open, name="ballot-open"),
    path("stars/<int:pk>/close-ballot/", voting.ballot_close, name="ballot-close"),
    path("stars/<int:pk>/participation/", voting.participation_page, name="participation"),
    path("stars/<int:pk>/decision/", deciding.decision, name="decision"),
    path("stars/<int:pk>/publish/", deciding.stars_publish, name="stars-publish"),
    path("stars/<int:pk>/objections/", deciding.objection_new, name="objection-new"),
    path("stars/objections/<int:pk>/answer/", deciding.objection_answer, name="objection-answer"),
    path("stars/awards/<int:pk>/withdraw/", deciding.star_withdraw, name="star-withdraw"),
]

honours = [
    path("stars/wall/", wall.wall, name="wall"),
    path("stars/wall/<str:number>/", wall.star, name="star"),
    path("stars/rotation/", wall.rotation, name="rotation"),
    path("stars/verify/<slug:token>/", wall.verify, name="verify"),
    path("stars/awards/<int:pk>/certificate/", wall.certificate, name="certificate"),
]

using = [
    path("uses/", uses.uses, name="uses"),
    path("uses/draw/", uses.use_draw, name="use-draw"),
    path("uses/settings/", uses.use_settings, name="use-settings"),
    path("uses/<int:pk>/", uses.use, name="use"),
    path("uses/<int:pk>/adopt/", uses.use_adopt, name="use-adopt"),
    path("uses/<int:pk>/submit/", uses.use_submit, name="use-submit"),
    path("uses/<int:pk>/sign/", uses.use_sign, name="use-sign"),
    path("uses/<int:pk>/export/", uses.use_export, name="use-export"),
    path("uses/<int:pk>/sheet/", uses.use_sheet, name="use-sheet"),
    path("uses/lines/<int:pk>/", uses.use_line, name="use-line"),
    path("uses/lines/<int:pk>/carry/", uses.use_carry, name="use-carry"),
    path("trainings/", trainings.trainings, name="trainings"),
    path("trainings/new/", trainings.training_new, name="training-new"),
    path("trainings/<int:pk>/", trainings.training, name="training"),
    path("trainings/<int:pk>/attend/", trainings.training_attend, name="training-attend"),
    path("trainings/<int:pk>/cancel/", trainings.training_cancel, name="training-cancel"),
]

urlpatterns: list[URLPattern] = [*selecting, *honours, *using]
