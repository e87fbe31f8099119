"""Addresses of the warnings and of the supervision letters."""

from django.urls import URLPattern

app_name = "supervision"

urlpatterns: list[URLPattern] = []
