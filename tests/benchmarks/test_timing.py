import pytest
import torch

CPU = torch.device("cpu")


def test_both_jobs_run_equally_often_in_alternating_order(script):
    timing = script("timing")
    calls = []
    effort = timing.Effort(seconds=0.0, fewest=4, most=4, sample=0.0)
    result = timing.compare(lambda: calls.append("a"), lambda: calls.append("b"), effort, CPU)
    assert result["pairs"] == 4
    assert result["repetitions"] == 1
    measured = "".join(calls[4:])  # two warm up, two estimate
    assert measured == "abba" * 2


def test_spread_is_median_and_quartiles(script):
    timing = script("timing")
    assert timing.spread([5.0, 1.0, 3.0, 2.0, 4.0]) == {"median": 3.0, "low": 2.0, "high": 4.0}
    assert timing.spread([2.0]) == {"median": 2.0, "low": 2.0, "high": 2.0}


def test_exponent_of_a_power_law(script):
    sizes = (2, 8, 64)
    growth = script("growth")
    assert growth.exponent(sizes, [3.0 * n**1.5 for n in sizes]) == pytest.approx(1.5)
