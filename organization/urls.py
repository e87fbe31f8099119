"""Addresses of login and of the bureau's people and places."""

from django.urls import path

from organization import views

app_name = "organization"

urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("password/", views.password, name="password"),
]
