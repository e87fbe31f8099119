"""Pages of the libraries, the scheme, items and results; each starts from what the user may see."""

from indicators.views.held import hand_back, items, mine, results, take_on
from indicators.views.libraries import copy_year, key_work, key_works, load, new_key_work, points
from indicators.views.points import new_point, point, revise, withdraw
from indicators.views.scheme import scheme

__all__ = [
    "copy_year",
    "hand_back",
    "items",
    "key_work",
    "key_works",
    "load",
    "mine",
    "new_key_work",
    "new_point",
    "point",
    "points",
    "results",
    "revise",
    "scheme",
    "take_on",
    "withdraw",
]
