"""Addresses of imports and exports."""

from django.urls import path

from exchange import views

app_name = "exchange"

urlpatterns = [
    path("exchange/imports/", views.imports, name="imports"),
    path("exchange/imports/<int:pk>/", views.import_run, name="import"),
    path("exchange/imports/<int:pk>/progress/", views.import_progress, name="import-progress"),
    path("exchange/imports/<int:pk>/confirm/", views.import_confirm, name="import-confirm"),
    path("exchange/imports/<int:pk>/discard/", views.import_discard, name="import-discard"),
    path("exchange/imports/<int:pk>/marked/", views.import_marked, name="import-marked"),
    path("exchange/template/", views.template, name="template"),
    path("exchange/exports/", views.exports, name="exports"),
    path("exchange/exports/<int:pk>/progress/", views.export_progress, name="export-progress"),
    path("exchange/exports/<int:pk>/file/", views.export_file, name="export-file"),
]
