"""Addresses of quarters, adjustments and department scores."""

from django.urls import path

from scoring import views

app_name = "scoring"

urlpatterns = [
    path("quarters/", views.quarters, name="quarters"),
    path("quarters/<str:code>/", views.quarter, name="quarter"),
    path("quarters/<str:code>/readiness/", views.readiness_list, name="readiness"),
    path("quarters/<str:code>/score/", views.score, name="score"),
    path("quarters/<str:code>/score/<int:pk>/", views.job, name="job"),
    path("quarters/<str:code>/move/", views.move, name="move"),
    path("quarters/<str:code>/correction/", views.correction, name="correction"),
    path("quarters/<str:code>/corrections/<int:number>/", views.correction_run, name="correction-run"),
    path("adjustments/", views.adjustments, name="adjustments"),
    path("adjustments/new/", views.adjustment_new, name="adjustment-new"),
    path("adjustments/<int:pk>/", views.adjustment, name="adjustment"),
    path("adjustments/<int:pk>/refuse/", views.adjustment_refuse, name="adjustment-refuse"),
    path("department-scores/", views.department_scores, name="department-scores"),
]
