"""Addresses of quarters, adjustments, appeals and department scores."""

from django.urls import path

from scoring.views import acknowledgements, adjustments, appeals, quarters
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
    path("quarters/<str:code>/acknowledgements/", acknowledgements.acknowledgements, name="acknowledgements"),
    path("quarters/<str:code>/acknowledgements/remind/", acknowledgements.remind, name="acknowledgements-remind"),
    path("scores/<int:pk>/acknowledge/", acknowledgements.acknowledge, name="acknowledge"),
    path("quarters/<str:code>/correction/", quarters.correction, name="correction"),
    path("quarters/<str:code>/corrections/<int:number>/", quarters.correction_run, name="correction-run"),
    path("adjustments/", adjustments.adjustments, name="adjustments"),
    path("adjustments/new/", adjustments.adjustment_new, name="adjustment-new"),
    path("adjustments/<int:pk>/", adjustments.adjustment, name="adjustment"),
    path("adjustments/request/", adjustments.adjustment_request, name="adjustment-request"),
    path("adjustments/<int:pk>/review/", adjustments.step, {"to": "reviewed"}, name="adjustment-review"),
    path("adjustments/<int:pk>/approve/", adjustments.step, {"to": "approved"}, name="adjustment-approve"),
    path("adjustments/<int:pk>/count/", adjustments.step, {"to": "counted"}, name="adjustment-count"),
    path("adjustments/files/<int:pk>/", adjustments.adjustment_file, name="adjustment-file"),
    path("adjustments/<int:pk>/refuse/", adjustments.adjustment_refuse, name="adjustment-refuse"),
    path("whatif/", whatif, name="whatif"),
    path("appeals/", appeals.appeals, name="appeals"),
    path("appeals/new/<int:score>/<str:line>/", appeals.appeal_new, name="appeal-new"),
    path("appeals/result/<int:pk>/", appeals.appeal_result, name="appeal-result"),
    path("appeals/files/<int:pk>/", appeals.appeal_file, name="appeal-file"),
    path("appeals/<int:pk>/", appeals.appeal, name="appeal"),
    path("appeals/<int:pk>/answer/", appeals.appeal_answer, name="appeal-answer"),
    path("appeals/<int:pk>/withdraw/", appeals.appeal_withdraw, name="appeal-withdraw"),
    path("appeals/<int:pk>/preview/", appeals.appeal_preview, name="appeal-preview"),
    path("appeals/<int:pk>/decide/", appeals.appeal_decide, name="appeal-decide"),
    path("department-scores/", department_scores, name="department-scores"),
]
