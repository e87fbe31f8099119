"""Addresses of the job pages."""

from django.urls import path

from perfmgmt import views

app_name = "jobs"

urlpatterns = [
    path("jobs/", views.jobs, name="list"),
    path("jobs/<str:task>/", views.job, name="job"),
    path("jobs/<str:task>/run/", views.run, name="run"),
    path("jobs/<str:task>/switch/", views.switch, name="switch"),
]
