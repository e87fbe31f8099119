"""What a claim costs at the very least: the bare conditional UPDATE, open to anybody and behind the API's sign-in."""

from django.db.models import F
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from perfmgmt.urls import urlpatterns as application
from tasks_market.models import Task


@csrf_exempt
def bare_claim(request: HttpRequest, pk: int) -> JsonResponse:
    """Nobody is asked who they are, nothing is checked, written down or told."""
    free = Task.objects.filter(pk=pk, places_taken__lt=F("places"))
    taken = free.update(places_taken=F("places_taken") + 1)
    return JsonResponse({"taken": taken}, status=201 if taken else 409)


@api_view(["POST"])
def signed_claim(request: Request, pk: int) -> Response:
    """The same for who has a token: what any claim over the API has to pay."""
    free = Task.objects.filter(pk=pk, places_taken__lt=F("places"))
    taken = free.update(places_taken=F("places_taken") + 1)
    return Response({"taken": taken}, status=201 if taken else 409)


urlpatterns = [path("api/bare/<int:pk>/", bare_claim), path("api/signed/<int:pk>/", signed_claim), *application]
