"""Jobs of the whole installation: its sign of life, what downtime left undone, the audit chains, old rows."""

import redis
from celery import shared_task
from celery.signals import beat_init, worker_ready
from django.conf import settings
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from common.tenancy import across
from perfmgmt import catching_up, runs, watching

HEARTBEAT_KEY = "perfmgmt:beat"
HEARTBEAT_SECONDS = 180  # three missed minutes mean that beat or all workers stand still


def broker_client() -> redis.Redis:
    """A short-lived connection to the broker that gives up after two seconds, and does not try again by itself."""
    once = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, retry=once, decode_responses=True)


@shared_task(ignore_result=True)
def heartbeat() -> None:
    """Keeps the time of the last run in Redis, where `/readyz` looks for it; forgotten after HEARTBEAT_SECONDS."""
    with broker_client() as client:
        client.set(HEARTBEAT_KEY, timezone.now().isoformat(), ex=HEARTBEAT_SECONDS)


@shared_task(ignore_result=True)
def catch_up() -> int:
    """Every minute, and when beat or a worker starts: what died is sent again, what was missed is done once."""
    return catching_up.catch_up(timezone.now())


@shared_task(ignore_result=True)
@across()
def verify_audit() -> int:
    """Nightly: every chain is walked; a finding is told to whom it concerns and makes the run fail."""
    return watching.verify_audit(timezone.localdate())


@shared_task(ignore_result=True)
def clean_runs() -> int:
    """Nightly: old rows of job runs go away."""
    return runs.clean(timezone.now())


@beat_init.connect
@worker_ready.connect
def at_the_start(**_kwargs: object) -> None:
    """`/readyz` need not wait for the first full minute, nor what was missed for the next look."""
    heartbeat.delay()
    catch_up.delay()
