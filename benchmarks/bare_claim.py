"""What a claim costs at the very least: the application's addresses, and beside them the bare conditional UPDATE."""

from django.db.models import F
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from perfmgmt.urls import urlpatterns as application
from tasks_market.models import Task


@csrf_exempt
def bare_claim(request: HttpRequest, pk: int) -> JsonResponse:
    """Nobody is asked who they are, nothing is checked, written down or told."""
    free = Task.objects.filter(pk=pk, places_taken__lt=F("places"))
    taken = free.update(places_taken=F("places_taken") + 1)
    return JsonResponse({"taken": taken}, status=201 if taken else 409)


urlpatterns = [path("api/bare/<int:pk>/", bare_claim), *application]
