"""`/metrics` for Prometheus: how long pages take, and how the parts, queues and jobs stand (docs/production.md).

Requests are counted where they are answered; gunicorn's workers share their counts through files (gunicorn.conf.py).
Everything else is asked of the database and the broker when somebody reads, so that each figure is true on every machine.
No label names a bureau or a person: an installation of 3,500 bureaus keeps the number of series that one bureau has.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_address

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from audit.queries import unsealed
from common import tenancy
from common.errors import Refused
from common.middleware import in_words
from common.tenancy import across
from notifications.models import Delivery
from organization.middleware import SCOPE
from perfmgmt.health import CHECKS, state_of
from perfmgmt.jobs import broker_client
from perfmgmt.models import JobRun
from perfmgmt.queries import standing

logger = logging.getLogger("perfmgmt.requests")

Handler = Callable[[HttpRequest], HttpResponse]
QUEUE = "celery"
DAY = timedelta(days=1)
# A minute's probes and scrapes would drown the people.
PROBES = frozenset({"healthz", "readyz", "metrics"})

REQUESTS = Histogram(
    "perfmgmt_request_seconds",
    "Time to answer a request, by address name, method and class of status.",
    ["view", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


class RequestTimesMiddleware:
    """One line in the log and one observation for each request.

    The line has the path without its query, which may hold a name that was searched for.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        status = 500  # what nobody could answer, not even with a page that says so, comes back as an exception
        try:
            response = self.get_response(request)
            status = response.status_code
            return response
        finally:
            _note(request, status, time.perf_counter() - began)


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    match = request.resolver_match
    view = match.view_name if match and match.url_name else "unknown"
    if view in PROBES:
        return
    REQUESTS.labels(view, _method(request), f"{status // 100}xx").observe(seconds)
    milliseconds = round(seconds * 1000)
    logger.info(
        "%s %s %d %d ms",
        request.method,
        request.path,
        status,
        milliseconds,
        extra={
            "method": request.method,
            "path": request.path,
            "status": status,
            "milliseconds": milliseconds,
            "bureau": in_words(request.META.get(SCOPE, tenancy.NOBODY)),
        },
    )


def _method(request: HttpRequest) -> str:
    """A label's values are few, whatever strangers send."""
    return request.method if request.method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"


@login_not_required
@never_cache
@require_safe
@across()
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' text form, for the addresses of METRICS_ALLOWED; 403 with a sentence for all others."""
    if not _allowed(request):
        raise Refused(_("只有监控服务器的地址可以读取运行指标；请把该地址写入 METRICS_ALLOWED。"))
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    state = CollectorRegistry()
    state.register(StateCollector())
    return HttpResponse(generate_latest(registry) + generate_latest(state), content_type=CONTENT_TYPE_LATEST)


def _allowed(request: HttpRequest) -> bool:
    """Whether the caller, and everybody for whom a proxy asks, may read.

    A proxy adds the address that it sees at the end; what a caller wrote before it can only shut him out.
    """
    hops = [request.META.get("REMOTE_ADDR", ""), *request.headers.get("X-Forwarded-For", "").split(",")]
    return all(_is_listed(hop.strip()) for hop in hops if hop.strip()) and bool(hops[0])


def _is_listed(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in settings.METRICS_ALLOWED)


class StateCollector:
    """The installation as it stands when somebody reads.

    A part that does not answer leaves its figures out; that it is down is a figure itself.
    """

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _by_label(
            "perfmgmt_part_up",
            "1 where a part of /readyz works, else 0.",
            "part",
            {name: state_of(name, check)["state"] == "up" for name, check in CHECKS.items()},
        )
        for figures in (_queue, _database):
            try:
                yield from figures()
            except (redis.RedisError, DatabaseError) as error:
                logger.warning("metrics are incomplete: %s", error)


def _queue() -> Iterator[GaugeMetricFamily]:
    with broker_client() as client:
        waiting = client.llen(QUEUE)
    yield GaugeMetricFamily("perfmgmt_queue_length", "Tasks that no worker has taken yet.", value=waiting)


def _database() -> Iterator[GaugeMetricFamily]:
    now = timezone.now()
    counted = Delivery.objects.order_by().values_list("state").annotate(Count("pk"))
    yield _by_label(
        "perfmgmt_deliveries",
        "Messages of the outbox by state.",
        "state",
        {**dict.fromkeys(Delivery.State.values, 0), **dict(counted)},
    )
    overdue = Delivery.objects.due(now).order_by("try_after").values_list("try_after", flat=True).first()
    yield GaugeMetricFamily(
        "perfmgmt_delivery_delay_seconds",
        "How long the message that is due longest has waited.",
        value=(now - overdue).total_seconds() if overdue else 0,
    )
    yield GaugeMetricFamily(
        "perfmgmt_audit_unsealed",
        "Lines of the log that are not in a chain yet.",
        value=unsealed(since=now - DAY).count(),
    )
    shown = standing(now)
    troubles = {"failed": len(shown.failed), "refused": len(shown.refused), "late": len(shown.late)}
    yield _by_label("perfmgmt_jobs_troubled", "Jobs that need somebody, by what is wrong.", "trouble", troubles)
    done = JobRun.objects.filter(state=JobRun.State.DONE).order_by().values_list("task").annotate(Max("ended_at"))
    yield _by_label(
        "perfmgmt_job_last_success_seconds",
        "Unix time at which a job last ended well.",
        "job",
        {task: ended.timestamp() for task, ended in done},
    )


def _by_label(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
