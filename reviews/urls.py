"""Addresses of the three showings, the talks and the review meeting."""

from django.urls import URLPattern

app_name = "reviews"

urlpatterns: list[URLPattern] = []
