"""Addresses of the libraries, the scheme, items and results."""

from django.urls import path

from indicators import views

app_name = "indicators"

urlpatterns = [
    path("indicators/", views.points, name="points"),
    path("indicators/load/", views.load, name="load"),
    path("indicators/new/<int:year>/", views.new_point, name="new_point"),
    path("indicators/copy/", views.copy_year, name="copy_year"),
    path("indicators/scheme/", views.scheme, name="scheme"),
    path("indicators/key-works/", views.key_works, name="key_works"),
    path("indicators/key-works/<int:year>/new/", views.new_key_work, name="new_key_work"),
    path("indicators/key-works/<int:year>/<str:code>/", views.key_work, name="key_work"),
    path("indicators/<int:year>/<str:code>/", views.point, name="point"),
    path("indicators/<int:year>/<str:code>/revise/", views.revise, name="revise"),
    path("indicators/<int:year>/<str:code>/withdraw/", views.withdraw, name="withdraw"),
    path("items/", views.items, name="items"),
    path("items/new/<str:quarter>/", views.take_on, name="take_on"),
    path("items/<int:pk>/hand-back/", views.hand_back, name="hand_back"),
    path("results/", views.results, name="results"),
    path("my/points/", views.mine, name="mine"),
]
