"""Pages of the libraries, the scheme, items and results; each starts from what the user may see."""

from indicators.views.held import hand_back, items, mine, results, take_on
from indicators.views.libraries import copy_year, key_work, key_works, load, new_key_work, points
from indicators.views.setting import scheme
from indicators.views.versions import new_point, point, revise, withdraw

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
