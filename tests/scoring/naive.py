"""A second, naive scorer, written from scoring.md with plain dictionaries, loops and Fractions.

It shares no code with `scoring.formula` and is as slow and plain as it looks: the property test compares the two.
"""

# ruff: noqa: C901, PLR0911, PLR0912 - one long recipe on purpose, to be read beside scoring.md

from fractions import Fraction


def round2(number):
    """Half away from zero, to two decimals."""
    number = Fraction(number)
    sign = -1 if number < 0 else 1
    cents = abs(number) * 100
    whole = cents.numerator // cents.denominator
    if cents - whole >= Fraction(1, 2):
        whole += 1
    return Fraction(sign * whole, 100)


def node_points(full, method, parameters, node):
    if method == "tier":
        if node["tier"] == "":
            return None
        return round2(Fraction(full) * Fraction(parameters[node["tier"]]) / 100)
    if node["value"] is None:
        return None
    full, n = Fraction(full), Fraction(node["value"])
    if method == "deduct":
        return round2(max(0, full - n * Fraction(parameters["每次扣分"])))
    if method == "done":
        return round2(max(0, full - n * Fraction(parameters["逾期每日扣分"])))
    if method == "count":
        return round2(min(full, n * Fraction(parameters["每件得分"])))
    target = Fraction(parameters["目标"] if node["target"] is None else node["target"])
    if "底线" in parameters and n < Fraction(parameters["底线"]):
        return Fraction(0)
    return round2(full * min(Fraction(1), n / target))


def score(person, scheme, department_scores):
    """One employee as a dictionary of plain values; gives the components as Fractions."""
    earned = {"common": Fraction(0), "individual": Fraction(0)}
    full = {"common": Fraction(0), "individual": Fraction(0)}
    missing = 0
    for item in person["items"]:
        points = []
        for node in item["nodes"]:
            if node["exempt"]:
                continue
            got = node_points(item["full"], item["method"], item["parameters"], node)
            if got is None:
                missing += 1
                got = Fraction(0)
            points.append(got)
        if points:
            earned[item["library"]] += round2(sum(points) / len(points))
            full[item["library"]] += Fraction(item["full"])

    parts = {}
    for library, key in (("common", "共性权重"), ("individual", "个性权重")):
        weight = Fraction(scheme[key])
        parts[library] = round2(weight * earned[library] / full[library]) if full[library] else Fraction(0)

    claimed = Fraction(0)
    for claim in person["claims"]:
        coefficient = Fraction(scheme["难度系数" + claim["difficulty"]])
        quality = Fraction(1) if claim["quality"] is None else Fraction(claim["quality"])
        lead = Fraction(scheme["主办份额"])
        if claim["sharing"] == "各得":
            share = Fraction(1)
        elif claim["sharing"] == "均分":
            share = Fraction(1, claim["accepted"])
        elif claim["part"] == "协办":
            share = (1 - lead) / claim["assistants"]
        elif claim["assistants"] == 0:
            share = Fraction(1)
        else:
            share = lead
        claimed += round2(Fraction(claim["base"]) * coefficient * quality * share)
    competitive = min(Fraction(scheme["竞争性上限"]), claimed)

    plus = sum((Fraction(a["points"]) for a in person["adjustments"] if a["plus"]), Fraction(0))
    minus = sum((Fraction(a["points"]) for a in person["adjustments"] if not a["plus"]), Fraction(0))
    adjustments = min(Fraction(scheme["加分上限"]), plus) - minus

    linkage = Fraction(0)
    if person["department"] in department_scores:
        mean = sum(Fraction(s) for s in department_scores.values()) / len(department_scores)
        gap = Fraction(department_scores[person["department"]]) - mean
        linkage = round2(Fraction(scheme["联动系数"]) * gap)
        limit = Fraction(scheme["联动上限"])
        linkage = min(linkage, limit)
        linkage = max(linkage, -limit)

    total = parts["common"] + parts["individual"] + competitive + adjustments + linkage
    return {
        "common": parts["common"],
        "individual": parts["individual"],
        "competitive": competitive,
        "overflow": claimed - competitive,
        "adjustments": adjustments,
        "linkage": linkage,
        "total": max(Fraction(0), total),
        "missing": missing,
        "has_individual": full["individual"] > 0,
    }


def ranks(people, scheme):
    """`people` as dictionaries with number, total, category, ranked, disciplinary; gives (bureau, category, pool)."""

    def place(person, others):
        return 1 + sum(1 for other in others if other["total"] > person["total"])

    left_out = scheme["不参加单位排名序列"].split(";")
    ranked = [p for p in people if p["ranked"]]
    in_bureau = [p for p in ranked if p["category"] not in left_out]
    border = max(1, int(Fraction(scheme["星级候选比例"]) * len(in_bureau)))
    found = {}
    for person in people:
        bureau = place(person, in_bureau) if person in in_bureau else None
        category = None
        if person in ranked:
            category = place(person, [p for p in ranked if p["category"] == person["category"]])
        pool = bureau is not None and bureau <= border and not person["disciplinary"]
        found[person["number"]] = (bureau, category, pool)
    return found


def in_post_share(workdays, first, last, joined, left, absences):
    """`workdays` is a set of days; counted one by one."""
    days = sorted(day for day in workdays if first <= day <= last)
    present = 0
    for day in days:
        employed = (joined is None or joined <= day) and (left is None or day <= left)
        absent = any((a is None or a <= day) and (b is None or day <= b) for a, b in absences)
        if employed and not absent:
            present += 1
    return Fraction(present, len(days))
