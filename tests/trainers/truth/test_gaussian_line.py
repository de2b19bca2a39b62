"""Two Gaussians on the line: closed forms of their divergences, and bounds."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lipschitz_trainers.truth import ScaledGaussiansTruth, ShiftedGaussiansTruth, Side
from lipschitz_trainers.truth.f_divergences import DIVERGENCES
from lipschitz_trainers.truth.gaussian_line import GaussianLine, gaussian_line

NAMES = sorted(DIVERGENCES)
MEANS, STDS = st.floats(-2, 2), st.floats(0.5, 2)


@given(distance=st.floats(0.01, 2), std=STDS)
def test_divergences_of_shifted_gaussians(distance, std):
    line = GaussianLine(1.0, std, 1.0 + distance, std)
    d = distance / std
    want = {
        "kl": d**2 / 2,
        "reverse_kl": d**2 / 2,
        "pearson": math.expm1(d**2),
        "neyman": math.expm1(d**2),
        "squared_hellinger": -2 * math.expm1(-(d**2) / 8),
        "total_variation": 2 * stats.norm.cdf(d / 2) - 1,
    }
    for name, value in want.items():
        # The total variation has a kink between nodes of the rule.
        tolerance = 1e-4 if name == "total_variation" else 1e-8
        assert line.divergence(DIVERGENCES[name]) == pytest.approx(value, rel=tolerance, abs=1e-6)


@given(MEANS, STDS, MEANS, STDS)
def test_kullback_leibler_in_general(mean, std, other_mean, other_std):
    line = GaussianLine(mean, std, other_mean, other_std)
    want = math.log(other_std / std) + (std**2 + (mean - other_mean) ** 2) / (2 * other_std**2) - 0.5
    assert line.divergence(DIVERGENCES["kl"]) == pytest.approx(want, abs=1e-8)
    x = torch.linspace(-3, 3, 7, dtype=torch.float64)
    ratio = stats.norm(mean, std).logpdf(x.numpy()) - stats.norm(other_mean, other_std).logpdf(x.numpy())
    torch.testing.assert_close(line.log_ratio(x), torch.tensor(ratio))


@pytest.mark.parametrize("name", NAMES)
@given(slope=st.floats(-2, 2), shift=st.floats(-2, 2))
def test_no_critic_gets_beyond_the_divergence(name, slope, shift):
    line = GaussianLine(0.0, 1.0, 0.5, 1.0)
    x, _, _ = line.nodes()
    divergence = DIVERGENCES[name]
    assert (
        line.bound(divergence, slope * x + shift)
        <= line.divergence(divergence) + 1e-4 * (name == "total_variation") + 1e-9
    )


@pytest.mark.parametrize(
    ("name", "score"),
    [
        ("kl", lambda r: 1 + r),
        ("reverse_kl", lambda r: r),
        ("pearson", lambda r: 2 * r.expm1()),
        ("neyman", lambda r: 2 * r),
        ("squared_hellinger", lambda r: r / 2),
        ("jensen_shannon", lambda r: r),
        ("gan", lambda r: r),
        ("total_variation", lambda r: 1000 * r),
    ],
)
def test_the_optimal_critic_reaches_it(name, score):
    line = GaussianLine(0.5, 1.0, 0.0, 1.1)
    x, _, _ = line.nodes()
    divergence = DIVERGENCES[name]
    tolerance = 1e-3 if name == "total_variation" else 1e-9
    assert line.bound(divergence, score(line.log_ratio(x))) == pytest.approx(
        line.divergence(divergence), abs=tolerance
    )


def test_the_sides_of_known_pairs():
    shifted = ShiftedGaussiansTruth(dimension=1, distance=2.0, std=0.5)
    towards = float(shifted.direction[0])
    p, q = Side(shifted, "p"), Side(shifted, "q")
    assert gaussian_line(p, q) == (0.0, 0.5, 2 * towards, 0.5)
    assert gaussian_line(q, p) == (2 * towards, 0.5, 0.0, 0.5)
    scaled = ScaledGaussiansTruth(dimension=1, std=1.0, wide_std=1.5)
    assert gaussian_line(Side(scaled, "q"), Side(scaled, "p")) == (0.0, 1.5, 0.0, 1.0)
    plane = ShiftedGaussiansTruth(dimension=2)
    points = ShiftedGaussiansTruth(dimension=1, std=0)
    for pair in ((p, p), (p, None), (None, q), (p, Side(scaled, "q"))):
        assert gaussian_line(*pair) is None
    for truth in (plane, points):
        assert gaussian_line(Side(truth, "p"), Side(truth, "q")) is None
