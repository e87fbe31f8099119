"""The API's resources (interfaces.md "HTTP"): each app's `api.py` or `api_<noun>.py` gives viewsets, this file gives them addresses."""

from csp.decorators import csp_update
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from awards.api_stars import StarViewSet
from indicators.api_items import ItemViewSet
from indicators.api_points import PointViewSet
from indicators.api_results import ResultViewSet
from indicators.api_taking import ItemRequestViewSet, RosterViewSet
from organization.api import BranchViewSet, BureauViewSet, DepartmentViewSet, EmployeeViewSet, PostViewSet
from organization.tokens import TokenView
from reports.api_todo import TodoViewSet
from reports.api_upward import UpwardViewSet
from reviews.api_showings import ShowingViewSet
from reviews.api_talks import TalkViewSet
from scoring.api import QuarterViewSet, ScoreViewSet
from scoring.api_adjustments import AdjustmentViewSet
from scoring.api_appeals import AppealViewSet
from supervision.api_letters import LetterViewSet
from supervision.api_warnings import WarningViewSet
from tasks_market.api_claims import ClaimViewSet
from tasks_market.api_tasks import TaskViewSet

router = SimpleRouter()
router.register("bureaus", BureauViewSet, basename="bureau")
router.register("departments", DepartmentViewSet, basename="department")
router.register("branches", BranchViewSet, basename="branch")
router.register("posts", PostViewSet, basename="post")
router.register("employees", EmployeeViewSet, basename="employee")
router.register("points", PointViewSet, basename="point")
router.register("items", ItemViewSet, basename="item")
router.register("item-requests", ItemRequestViewSet, basename="item-request")
router.register("rosters", RosterViewSet, basename="roster")
router.register("results", ResultViewSet, basename="result")
router.register("tasks", TaskViewSet, basename="task")
router.register("claims", ClaimViewSet, basename="claim")
router.register("quarters", QuarterViewSet, basename="quarter")
router.register("scores", ScoreViewSet, basename="score")
router.register("adjustments", AdjustmentViewSet, basename="adjustment")
router.register("appeals", AppealViewSet, basename="appeal")
router.register("showings", ShowingViewSet, basename="showing")
router.register("talks", TalkViewSet, basename="talk")
router.register("letters", LetterViewSet, basename="letter")
router.register("stars", StarViewSet, basename="star")
router.register("todo", TodoViewSet, basename="todo")
router.register("upward", UpwardViewSet, basename="upward")
router.register("warnings", WarningViewSet, basename="warning")

# Swagger's own page sets styles inline and draws icons from data: addresses; nothing else of the policy is loosened.
docs = csp_update({"style-src": ["'unsafe-inline'"]})(SpectacularSwaggerSplitView.as_view(url_name="schema"))

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="api-docs"),
    path("token/", TokenView.as_view(), name="token"),
    path("", include(router.urls)),
]
