"""Addresses of the component page; included by perfmgmt.urls with DEBUG only."""

from django.urls import path

from common.ui import views

app_name = "ui"

urlpatterns = [
    path("", views.components, name="components"),
    path("job/", views.job, name="job"),
    path("refusal/", views.refusal, name="refusal"),
]
