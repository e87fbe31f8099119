"""Telling people and groups, by the bell and beyond the house; what the floors above call."""

from notifications.services.telling import announce, mark_all_read, mark_read, notify

__all__ = ["announce", "mark_all_read", "mark_read", "notify"]
