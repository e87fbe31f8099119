"""The settings of the worker that the test of the outage starts: its robots' server has no certificate."""

import http.client

http.client.HTTPSConnection = http.client.HTTPConnection  # type: ignore[misc, assignment]  # before anybody asks for it

from tests.served import *  # noqa: E402, F403
