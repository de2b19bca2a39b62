"""Counting wins over made-up architectures."""

import math

from lipschitz_trainers.analyses.experiments.appc_one_vs_two_sided import claims, enough, wins
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study


def study(two, one, ties=0, ending=""):
    runs = []
    for i, difference in enumerate([0.1] * two + [-0.1] * one + [0.0] * ties + [math.nan]):
        for side, w1 in (("one_sided", 0.5 + difference), ("two_sided", 0.5)):
            runs.append(RunResult(f"draw{i}-{side}{ending}", 0, "", "done", {"w1": w1}))
    return Study(None, Results("e", "quick", runs=tuple(runs)), {}, ())


def test_wins_are_counted_in_pairs_and_ties_left_out():
    assert wins(study(4, 2, ties=3), "10") == (4, 2)
    assert wins(study(4, 2, ties=3), "0.1") == (0, 0)
    assert wins(study(1, 5, ending="_0.1"), "0.1") == (1, 5)


def test_like_in_the_paper_there_is_no_significant_difference():
    first, second = claims(study(100, 77))
    assert first.paper == "two-sided 100, one-sided 77: p = 0.098"
    assert first.measured == f"{first.paper}; the two-sided one wins 56% (95 % interval 49% to 64%)"
    assert (first.holds, second.holds, second.measured) == (True, None, None)


def test_a_clear_winner_refutes_it_and_too_few_decide_nothing():
    assert next(claims(study(2, 18))).holds is False
    assert enough() == 6
    assert next(claims(study(5, 0))).holds is None
