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
    path("indicators/<int:year>/<str:code>/source/", views.point_source, name="point_source"),
    path("machine/", views.machine, name="machine"),
    path("machine/tokens/new/", views.issue_token, name="issue_token"),
    path("machine/tokens/<int:pk>/revoke/", views.revoke_token, name="revoke_token"),
    path("items/", views.items, name="items"),
    path("items/take/", views.take, name="take"),
    path("items/take/<str:quarter>/", views.choose, name="choose"),
    path("items/ask/<str:quarter>/", views.ask, name="ask"),
    path("items/requests/", views.requests, name="requests"),
    path("items/requests/decide/", views.decide, name="decide"),
    path("items/requests/<int:pk>/withdraw/", views.withdraw_request, name="withdraw_request"),
    path("items/load/", views.post_loads, name="post_loads"),
    path("items/load/<str:quarter>/remind/", views.remind, name="remind"),
    path("rosters/", views.rosters, name="rosters"),
    path("rosters/<str:quarter>/remind/", views.remind_of_rosters, name="remind_of_rosters"),
    path("rosters/<str:quarter>/<str:department>/", views.roster, name="roster"),
    path("items/new/<str:quarter>/", views.take_on, name="take_on"),
    path("items/<int:pk>/hand-back/", views.hand_back, name="hand_back"),
    path("results/", views.results, name="results"),
    path("results/<int:pk>/", views.assessing.result, name="result"),
    path("results/<int:pk>/review/", views.assessing.review, name="result_review"),
    path("results/<int:pk>/confirm/", views.assessing.confirm, name="result_confirm"),
    path("results/<int:pk>/return/", views.assessing.send_back, name="result_return"),
    path("assessing/", views.assessing.assess, name="assess"),
    path("assessing/<str:step>/", views.assessing.take_opened, name="assess_together"),
    path("my/points/", views.mine, name="mine"),
]
