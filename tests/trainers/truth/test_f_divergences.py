"""f-divergences against numeric maximization, finite differences and closed forms between Gaussians."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from lipschitz_trainers.truth.f_divergences import DIVERGENCES

NAMES = sorted(DIVERGENCES)
RATIOS = st.floats(1e-3, 1e3)
SCORES = st.floats(-8, 8)


def at(function, value):
    return function(torch.tensor(value, dtype=torch.float64)).item()


def formula(name, u):
    """f again, in numpy and from the definitions of the divergences."""
    return {
        "kl": u * np.log(u),
        "reverse_kl": -np.log(u),
        "pearson": (u - 1) ** 2,
        "neyman": (u - 1) ** 2 / u,
        "squared_hellinger": (np.sqrt(u) - 1) ** 2,
        "jensen_shannon": u * np.log(2 * u / (1 + u)) + np.log(2 / (1 + u)),
        "gan": u * np.log(u / (1 + u)) + np.log(1 / (1 + u)),
        "total_variation": np.abs(u - 1) / 2,
    }[name]


@pytest.mark.parametrize("name", NAMES)
@given(u=RATIOS)
def test_f_is_that_of_the_definition(name, u):
    assert at(DIVERGENCES[name].f, u) == pytest.approx(formula(name, u), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
@given(u=RATIOS.filter(lambda u: abs(u - 1) > 1e-3))
def test_the_derivative_is_that_of_differences(name, u):
    step = 1e-5 * u
    difference = (formula(name, u + step) - formula(name, u - step)) / (2 * step)
    assert at(DIVERGENCES[name].derivative, u) == pytest.approx(difference, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
@given(u=RATIOS, q=st.floats(1e-3, 1e3))
def test_the_integrand_is_f_weighted(name, u, q):
    logs = (torch.tensor(math.log(value), dtype=torch.float64) for value in (u * q, q))
    want = q * formula(name, u)
    assert DIVERGENCES[name].integrand(*logs).item() == pytest.approx(want, rel=1e-9, abs=1e-9 * q * (1 + u))


@pytest.mark.parametrize("name", NAMES)
@given(log_p=st.floats(-1e6, 0), log_q=st.floats(-1e6, 0))
def test_the_integrand_of_densities_that_underflow_is_no_nan(name, log_p, log_q):
    value = DIVERGENCES[name].integrand(*torch.tensor([log_p, log_q], dtype=torch.float64)).item()
    largest = {"pearson": 2 * log_p - log_q, "neyman": 2 * log_q - log_p}.get(name, 0)
    assert math.isfinite(value) or (value == math.inf and max(largest, log_p, log_q) > 700)
    if max(largest, log_p, log_q) < -800:
        assert value == 0


@pytest.mark.parametrize("name", NAMES)
@given(v=st.floats(-1.9, 3))
def test_the_conjugate_is_the_largest_value_of_ut_minus_f(name, v):
    divergence = DIVERGENCES[name]
    t = at(divergence.activation, v)
    # Over log u, where the maximum is one and well inside.
    found = optimize.minimize_scalar(
        lambda s: formula(name, math.exp(s)) - math.exp(s) * t,
        bounds=(-20, 20),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert at(divergence.conjugate, t) == pytest.approx(-found.fun, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
@given(u=RATIOS, v=SCORES)
def test_fenchel_young_is_an_inequality_and_tight_at_the_derivative(name, u, v):
    divergence = DIVERGENCES[name]
    t = at(divergence.activation, v)
    value = formula(name, u)
    scale = 1 + abs(value) + abs(u * t) + abs(at(divergence.conjugate, t))
    assert u * t - at(divergence.conjugate, t) <= value + 1e-9 * scale
    best = at(divergence.derivative, u)
    reached = u * best - at(divergence.conjugate, best)
    assert reached == pytest.approx(value, rel=1e-6, abs=1e-6 * (1 + abs(u * best)))


@pytest.mark.parametrize("name", NAMES)
@given(v=SCORES)
def test_the_safe_form_is_the_composition(name, v):
    divergence = DIVERGENCES[name]
    want = at(divergence.conjugate, at(divergence.activation, v))
    assert at(divergence.conjugate_of_activation, v) == pytest.approx(want, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
@given(v=SCORES, higher=st.floats(1e-3, 5))
def test_activations_increase(name, v, higher):
    assert at(DIVERGENCES[name].activation, v + higher) > at(DIVERGENCES[name].activation, v)


@pytest.mark.parametrize(
    ("name", "score"),
    [
        ("kl", lambda u: 1 + np.log(u)),
        ("reverse_kl", np.log),
        ("pearson", lambda u: 2 * (u - 1)),
        ("neyman", lambda u: 2 * np.log(u)),
        ("squared_hellinger", lambda u: np.log(u) / 2),
        ("jensen_shannon", np.log),
        ("gan", np.log),
    ],
)
@given(u=st.floats(0.01, 100))
def test_optimal_scores(name, score, u):
    divergence = DIVERGENCES[name]
    assert at(divergence.activation, float(score(u))) == pytest.approx(
        at(divergence.derivative, u), rel=1e-6, abs=1e-9
    )


STABLE = {"pearson", "jensen_shannon", "gan", "total_variation"}
"""Neither function is exponential in the score."""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("v", [-1e3, -90.0, 90.0, 1e3])
def test_large_scores_overflow_only_where_the_value_does(name, v):
    divergence = DIVERGENCES[name]
    for function in (divergence.activation, divergence.conjugate_of_activation):
        score = torch.tensor(v, dtype=torch.float32, requires_grad=True)
        value = function(score)
        exact = function(torch.tensor(v, dtype=torch.float64)).item()
        if abs(exact) > float(np.finfo(np.float32).max):
            assert name not in STABLE
            assert abs(value.item()) == math.inf
            continue
        assert value.item() == pytest.approx(exact, rel=1e-5)
        value.backward()
        assert math.isfinite(score.grad.item())


def test_jensen_shannon_and_gan_differ_by_log_4():
    p, q = stats.norm(0).pdf, stats.norm(1).pdf
    x = np.linspace(-9, 10, 4001)
    f = {name: formula(name, p(x) / q(x)) for name in ("jensen_shannon", "gan")}
    value = {name: np.trapezoid(values * q(x), x) for name, values in f.items()}
    assert value["jensen_shannon"] - value["gan"] == pytest.approx(math.log(4), abs=1e-9)
