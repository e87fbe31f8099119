"""Addresses of the five stars and of what results are used for."""

from django.urls import URLPattern

app_name = "awards"

urlpatterns: list[URLPattern] = []
