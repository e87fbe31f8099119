"""The arithmetic of scoring.md §1–§5. Pure: no ORM, no clock; plain values in, Decimals and an explanation out.

Engine, explanation page, what-if simulation, reports and tests all call these functions. Inside, points are whole
hundredths and quotients are exact; `round2` happens once at each step that scoring.md names.
"""

from indicators.scheme import SCHEME_KEYS, SchemeError, SchemeValues, parse_setting
from scoring.formula.explanation import Line, explain, method_label
from scoring.formula.inputs import (
    COMMON,
    INDIVIDUAL,
    AdjustmentInput,
    ClaimInput,
    EmployeeInput,
    ItemInput,
    LinkageInput,
    NodeInput,
    from_json,
    to_json,
)
from scoring.formula.points import (
    ClaimScore,
    EmployeeScore,
    ItemScore,
    NodeScore,
    PartScore,
    claim_share,
    node_points,
    score_claim,
    score_employee,
    score_item,
)
from scoring.formula.ranking import (
    AnnualScore,
    Placing,
    RankRow,
    annual,
    covers,
    employed_in,
    in_post_share,
    pool_size,
    rank,
    unranked_reasons,
)

__all__ = [
    "COMMON",
    "INDIVIDUAL",
    "SCHEME_KEYS",
    "AdjustmentInput",
    "AnnualScore",
    "ClaimInput",
    "ClaimScore",
    "EmployeeInput",
    "EmployeeScore",
    "ItemInput",
    "ItemScore",
    "Line",
    "LinkageInput",
    "NodeInput",
    "NodeScore",
    "PartScore",
    "Placing",
    "RankRow",
    "SchemeError",
    "SchemeValues",
    "annual",
    "claim_share",
    "covers",
    "employed_in",
    "explain",
    "from_json",
    "in_post_share",
    "method_label",
    "node_points",
    "parse_setting",
    "pool_size",
    "rank",
    "score_claim",
    "score_employee",
    "score_item",
    "to_json",
    "unranked_reasons",
]
