"""The application's sign of life: beat sends it, the broker carries it, a worker writes it down."""

import redis
from celery import shared_task
from celery.signals import beat_init
from django.conf import settings
from django.utils import timezone

HEARTBEAT_KEY = "perfmgmt:beat"
HEARTBEAT_SECONDS = 180  # three missed minutes mean that beat or all workers stand still


def broker_client() -> redis.Redis:
    """A short-lived connection to the broker that gives up after two seconds."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, decode_responses=True)


@shared_task(ignore_result=True)
def heartbeat() -> None:
    """Keeps the time of the last run in Redis, where `/readyz` looks for it; forgotten after HEARTBEAT_SECONDS."""
    with broker_client() as client:
        client.set(HEARTBEAT_KEY, timezone.now().isoformat(), ex=HEARTBEAT_SECONDS)


@beat_init.connect
def first_heartbeat(**_kwargs: object) -> None:
    """`/readyz` need not wait for the first full minute."""
    heartbeat.delay()
