"""Addresses of the warnings and of the supervision letters."""

from django.urls import path

from supervision.views import letter_edit, letter_items, letters, minuses, warnings

app_name = "supervision"

urlpatterns = [
    path("warnings/", warnings.warnings, name="warnings"),
    path("warnings/retrospect/", warnings.warning_retrospect, name="warning-retrospect"),
    path("warnings/retrospect/export/", warnings.warning_retrospect_export, name="warning-retrospect-export"),
    path("warnings/lines/<int:pk>/", warnings.warning_line, name="warning-line"),
    path("warnings/<int:pk>/", warnings.warning, name="warning"),
    path("warnings/<int:pk>/sign/", warnings.warning_sign, name="warning-sign"),
    path("letters/", letters.letters, name="letters"),
    path("letters/export/", letters.letters_export, name="letters-export"),
    path("letters/new/", letter_edit.letter_new, name="letter-new"),
    path("letters/settings/", letters.letter_settings_page, name="letter-settings"),
    path("letters/minuses/", minuses.minuses, name="letter-minuses"),
    path("letters/minuses/<int:pk>/", minuses.minus, name="letter-minus"),
    path("letters/files/<int:pk>/", letter_items.letter_file, name="letter-file"),
    path("letters/items/<int:pk>/", letter_items.letter_item, name="letter-item"),
    path("letters/items/<int:pk>/report/", letter_items.item_report, name="letter-item-report"),
    path("letters/items/<int:pk>/contribute/", letter_items.item_contribute, name="letter-item-contribute"),
    path("letters/items/<int:pk>/extend/", letter_items.item_extend, name="letter-item-extend"),
    path("letters/items/<int:pk>/decide/", letter_items.item_decide, name="letter-item-decide"),
    path("letters/items/<int:pk>/check/", letter_items.item_check, name="letter-item-check"),
    path("letters/items/<int:pk>/drop/", letter_items.item_drop, name="letter-item-drop"),
    path("letters/<int:pk>/", letters.letter, name="letter"),
    path("letters/<int:pk>/edit/", letter_edit.letter_edit, name="letter-edit"),
    path("letters/<int:pk>/word/", letters.letter_word, name="letter-word"),
    path("letters/<int:pk>/issue/", letters.letter_issue, name="letter-issue"),
    path("letters/<int:pk>/revoke/", letters.letter_revoke, name="letter-revoke"),
    path("letters/<int:pk>/archive/", letters.letter_archive, name="letter-archive"),
    path("letters/<int:pk>/discard/", letters.letter_discard, name="letter-discard"),
]
