"""Addresses of the bell, the list behind it, one's own settings, and what leaves the house."""

from django.urls import path

from notifications.views import contacts, deliveries, inbox, robots

app_name = "notifications"

urlpatterns = [
    path("notifications/", inbox.inbox, name="inbox"),
    path("notifications/bell/", inbox.bell, name="bell"),
    path("notifications/read-all/", inbox.read_all, name="read-all"),
    path("notifications/<int:pk>/read/", inbox.read, name="read"),
    path("notifications/settings/", contacts.contact, name="contact"),
    path("notifications/settings/code/", contacts.send_code, name="contact-code"),
    path("notifications/settings/confirm/", contacts.confirm, name="contact-confirm"),
    path("notifications/robots/", robots.robots, name="robots"),
    path("notifications/robots/new/", robots.robot_new, name="robot-new"),
    path("notifications/robots/<int:pk>/", robots.robot_edit, name="robot-edit"),
    path("notifications/robots/<int:pk>/test/", robots.robot_test, name="robot-test"),
    path("notifications/robots/<int:pk>/remove/", robots.robot_remove, name="robot-remove"),
    path("notifications/deliveries/", deliveries.deliveries, name="deliveries"),
    path("notifications/deliveries/retry/", deliveries.retry_all, name="deliveries-retry"),
    path("notifications/deliveries/<int:pk>/retry/", deliveries.retry, name="delivery-retry"),
    path("notifications/deliveries/<int:pk>/close/", deliveries.close, name="delivery-close"),
]
