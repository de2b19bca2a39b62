"""Two Gaussians on the line: closed forms of their divergences, and bounds."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

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
        assert line.divergence(DIVERGENCES[name]) == pytest.approx(value, rel=1e-8, abs=1e-12)


FAR, LOG_STDS = st.floats(-60, 60), st.floats(-5, 5)


def wide(test):
    """Give Gaussians of any overlap: widths apart by up to e^10, distances up to many of them."""
    for values in (
        (0, 0, 0, math.log(5)),
        (0, 0, 40, 0),
        (0, 0, 0, math.log(2)),
        (0, 0, 0, 0),
        (3, 5, 3, -5),
    ):
        test = example(*values)(test)
    return settings(max_examples=60, deadline=None)(given(FAR, LOG_STDS, FAR, LOG_STDS)(test))


def kullback_leibler(mean, std, other_mean, other_std):
    return math.log(other_std / std) + (std**2 + (mean - other_mean) ** 2) / (2 * other_std**2) - 0.5


def log_chi_squared(mean, std, other_mean, other_std):
    """Return log of 1 + the integral of (p - q)^2 / q: log of that of p^2 / q."""
    width = 2 * other_std**2 - std**2
    if width <= 0:
        return math.inf
    return math.log(other_std**2 / (std * math.sqrt(width))) + (mean - other_mean) ** 2 / width


@wide
def test_kullback_leibler_of_any_two_both_ways(mean, log_std, other_mean, other_log_std):
    p, q = (mean, math.exp(log_std)), (other_mean, math.exp(other_log_std))
    line = GaussianLine(*p, *q)
    assert line.divergence(DIVERGENCES["kl"]) == pytest.approx(kullback_leibler(*p, *q), rel=1e-9, abs=1e-9)
    assert line.divergence(DIVERGENCES["reverse_kl"]) == pytest.approx(
        kullback_leibler(*q, *p), rel=1e-9, abs=1e-9
    )


@wide
def test_chi_squared_of_any_two_both_ways(mean, log_std, other_mean, other_log_std):
    p, q = (mean, math.exp(log_std)), (other_mean, math.exp(other_log_std))
    for name, (one, two) in {"pearson": (p, q), "neyman": (q, p)}.items():
        assume(abs(2 * two[1] ** 2 / one[1] ** 2 - 1) > 1e-2)
        log = log_chi_squared(*one, *two)
        assume(log > 710 or log < 705)  # on which side of the largest float64 is a matter of rounding
        want = math.inf if log > 710 else math.expm1(log)
        assert GaussianLine(*p, *q).divergence(DIVERGENCES[name]) == pytest.approx(want, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("distance", [0.0, 1.0])
@pytest.mark.parametrize(("ratio", "finite"), [(1.4, True), (1.42, False), (2.0, False)])
def test_chi_squared_is_finite_up_to_a_ratio_of_the_root_of_two(distance, ratio, finite):
    one, two = (0.0, ratio), (distance, 1.0)
    for name, line in (("pearson", GaussianLine(*one, *two)), ("neyman", GaussianLine(*two, *one))):
        assert math.isfinite(line.divergence(DIVERGENCES[name])) is finite


@wide
def test_hellinger_of_any_two(mean, log_std, other_mean, other_log_std):
    std, other_std = math.exp(log_std), math.exp(other_log_std)
    both = std**2 + other_std**2
    overlap = math.sqrt(2 * std * other_std / both) * math.exp(-((mean - other_mean) ** 2) / (4 * both))
    found = GaussianLine(mean, std, other_mean, other_std).divergence(DIVERGENCES["squared_hellinger"])
    assert found == pytest.approx(2 - 2 * overlap, abs=1e-12)


@wide
def test_total_variation_of_any_two(mean, log_std, other_mean, other_log_std):
    p, q = stats.norm(mean, math.exp(log_std)), stats.norm(other_mean, math.exp(other_log_std))
    # The one with the larger density at the left end, and where the other takes over, by the distribution functions.
    a = 1 / q.std() ** 2 - 1 / p.std() ** 2
    b = mean / p.std() ** 2 - other_mean / q.std() ** 2
    c = (other_mean / q.std()) ** 2 / 2 - (mean / p.std()) ** 2 / 2 + math.log(q.std() / p.std())
    assume(a == 0 or abs(log_std - other_log_std) > 1e-3)
    roots = sorted(np.roots([a / 2, b, c]).real) if a or b else []
    gains = np.diff([0.0, *(p.cdf(x) - q.cdf(x) for x in roots), 0.0])
    found = GaussianLine(mean, p.std(), other_mean, q.std()).divergence(DIVERGENCES["total_variation"])
    assert found == pytest.approx(np.abs(gains).sum() / 2, abs=1e-9)


@wide
def test_jensen_shannon_of_any_two(mean, log_std, other_mean, other_log_std):
    std, other_std = math.exp(log_std), math.exp(other_log_std)

    def log_density(x, at, width):
        return -(((x - at) / width) ** 2) / 2 - math.log(width * math.sqrt(2 * math.pi))

    def against_the_mixture(of, other):
        # The mean of log (2 p / (p + q)) under p, by adaptive quadrature.
        def values(x):
            log_p, log_q = log_density(x, *of), log_density(x, *other)
            return math.exp(log_p) * (math.log(2) - np.logaddexp(0, log_q - log_p))

        places = np.concatenate([at + width * np.arange(-10, 11, 2) for at, width in (of, other)])
        edges = np.unique(places[np.abs(places - of[0]) <= 10 * of[1]])
        return sum(
            integrate.quad(values, *pair, epsabs=1e-12, limit=200)[0] for pair in itertools.pairwise(edges)
        )

    p, q = (mean, std), (other_mean, other_std)
    want = against_the_mixture(p, q) + against_the_mixture(q, p)
    line = GaussianLine(*p, *q)
    assert line.divergence(DIVERGENCES["jensen_shannon"]) == pytest.approx(want, abs=1e-9)
    assert line.divergence(DIVERGENCES["gan"]) == pytest.approx(want - math.log(4), abs=1e-9)


@given(MEANS, STDS, MEANS, STDS)
def test_the_log_ratio_is_that_of_the_densities(mean, std, other_mean, other_std):
    line = GaussianLine(mean, std, other_mean, other_std)
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
