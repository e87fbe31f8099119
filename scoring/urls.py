"""Addresses of quarters, adjustments and department scores."""

from django.urls import path

from scoring.views import adjustments, quarters
from scoring.views.department_scores import department_scores
from scoring.views.whatif import whatif

app_name = "scoring"

urlpatterns = [
    path("quarters/", quarters.quarters, name="quarters"),
    path("quarters/<str:code>/", quarters.quarter, name="quarter"),
    path("quarters/<str:code>/readiness/", quarters.readiness_list, name="readiness"),
    path("quarters/<str:code>/score/", quarters.score, name="score"),
    path("quarters/<str:code>/score/<int:pk>/", quarters.job, name="job"),
    path("quarters/<str:code>/move/", quarters.move, name="move"),
    path("quarters/<str:code>/correction/", quarters.correction, name="correction"),
    path("quarters/<str:code>/corrections/<int:number>/", quarters.correction_run, name="correction-run"),
    path("adjustments/", adjustments.adjustments, name="adjustments"),
    path("adjustments/new/", adjustments.adjustment_new, name="adjustment-new"),
    path("adjustments/<int:pk>/", adjustments.adjustment, name="adjustment"),
    path("adjustments/<int:pk>/refuse/", adjustments.adjustment_refuse, name="adjustment-refuse"),
    path("whatif/", whatif, name="whatif"),
    path("department-scores/", department_scores, name="department-scores"),
]
