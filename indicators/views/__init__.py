"""Pages of the libraries, the scheme, items and results; each starts from what the user may see."""

from indicators.views import assessing, books, grid, reporting
from indicators.views.held import hand_back, items, mine, results, take_on
from indicators.views.libraries import copy_year, key_work, key_works, load, new_key_work, points
from indicators.views.machine import issue_token, machine, point_source, revoke_token
from indicators.views.rosters import remind as remind_of_rosters
from indicators.views.rosters import roster, rosters
from indicators.views.setting import scheme
from indicators.views.taking import ask, choose, decide, post_loads, remind, requests, take, withdraw_request
from indicators.views.versions import new_point, point, revise, withdraw

__all__ = [
    "ask",
    "assessing",
    "books",
    "choose",
    "copy_year",
    "decide",
    "grid",
    "hand_back",
    "issue_token",
    "items",
    "key_work",
    "key_works",
    "load",
    "machine",
    "mine",
    "new_key_work",
    "new_point",
    "point",
    "point_source",
    "points",
    "post_loads",
    "remind",
    "remind_of_rosters",
    "reporting",
    "requests",
    "results",
    "revise",
    "revoke_token",
    "roster",
    "rosters",
    "scheme",
    "take",
    "take_on",
    "withdraw",
    "withdraw_request",
]
