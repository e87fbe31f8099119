"""Addresses of the five stars and of what results are used for."""

from django.urls import URLPattern, path

from awards.views import wall

app_name = "awards"

honours = [
    path("stars/wall/", wall.wall, name="wall"),
    path("stars/wall/<str:number>/", wall.star, name="star"),
    path("stars/rotation/", wall.rotation, name="rotation"),
    path("stars/verify/<slug:token>/", wall.verify, name="verify"),
    path("stars/awards/<int:pk>/certificate/", wall.certificate, name="certificate"),
]

urlpatterns: list[URLPattern] = [*honours]
