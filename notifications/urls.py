"""Addresses of the bell and the list behind it."""

from django.urls import path

from notifications import views

app_name = "notifications"

urlpatterns = [
    path("notifications/", views.inbox, name="inbox"),
    path("notifications/bell/", views.bell, name="bell"),
    path("notifications/read-all/", views.read_all, name="read-all"),
    path("notifications/<int:pk>/read/", views.read, name="read"),
]
