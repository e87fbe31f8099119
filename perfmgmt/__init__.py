"""Wiring only: settings, urls, API router, Celery and beat. No rules live here."""

from perfmgmt.celery import app as celery_app

__all__ = ["celery_app"]
