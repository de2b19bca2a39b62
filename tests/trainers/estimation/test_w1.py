"""One function from two samples to a distance, with what is certain about it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lipschitz
import lipschitz_trainers
from lipschitz import CriticError, DataError, FieldError, TrainingError, UnknownNameError
from lipschitz_trainers import estimate_w1, registry
from lipschitz_trainers.estimation import w1
from lipschitz_trainers.metrics import exact_w1
from lipschitz_trainers.truth import MinFunnelsTruth

SMALL = {"steps": 30, "batch_size": 32}


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 4), st.integers(2, 40), st.integers(2, 40), st.floats(1e-3, 1e3), st.integers(0, 2**31))
def test_bounds_enclose_the_exact_distance(dimension, n, m, scale, seed):
    x, y = scale * normal(n, dimension, seed=seed), scale * (normal(m, dimension, seed=seed + 1) + 1)
    found = estimate_w1(x, y, steps=5, batch_size=8, network=registry.build("network", "mlp", width=8))
    assert found.exact == exact_w1(x, y)
    assert 0 <= found.lower_bound <= found.exact * (1 + 1e-6)
    assert found.by_upper <= found.exact * (1 + 1e-4)
    assert found.lipschitz_lower <= found.lipschitz_upper
    assert found.by_lower * found.lipschitz_lower == pytest.approx(found.value)
    assert found.by_upper * found.lipschitz_upper == pytest.approx(found.value)


def test_a_trained_critic_comes_close():
    x, y = normal(300, 2) + torch.tensor([3.0, 0.0]), normal(300, 2, seed=1)
    found = estimate_w1(x, y, steps=200)
    assert found.value == pytest.approx(found.exact, rel=0.15)
    assert found.lower_bound > 0.93 * found.exact


def test_the_truth_of_a_known_pair_is_found_in_high_dimension():
    """Where the exact distance between samples is more than twice that between the distributions."""
    truth = MinFunnelsTruth(dimension=16, funnels=4)
    x, y = (truth.sample(side, 2000, torch.Generator().manual_seed(i)) for i, side in enumerate("pq"))
    found = estimate_w1(x, y, steps=100)
    assert found.exact > 1.7 * truth.w1().value
    assert found.value == pytest.approx(truth.w1().value, rel=0.25)


@pytest.mark.parametrize("shape", [(), (3,), (1, 4, 4)])
def test_samples_of_any_shape_numbers_included(shape):
    x, y = normal(40, *shape) + 2, normal(50, *shape, seed=1)
    found = estimate_w1(x, y, **SMALL)
    assert found.exact == pytest.approx(exact_w1(x, y))
    assert found.critic(x.reshape(40, *(shape or (1,)))).shape == (40,)


def test_the_critic_is_in_the_units_of_the_samples():
    x, y = 1e4 + 100 * normal(60, 3), 1e4 + 100 * normal(50, 3, seed=1) + 50
    found = estimate_w1(x, y, **SMALL)
    with torch.no_grad():
        assert float(found.critic(x).mean() - found.critic(y).mean()) == pytest.approx(found.value, rel=1e-4)
    slopes = lipschitz.gradient_norms(found.critic, x).detach()
    assert slopes.max() <= found.lipschitz_lower * (1 + 1e-4)


def test_units_change_nothing_else():
    x, y = normal(60, 3).double(), normal(50, 3, seed=1).double() + 1
    one, other = estimate_w1(x, y, **SMALL), estimate_w1(1024 * x + 4096, 1024 * y + 4096, **SMALL)
    assert other.value == pytest.approx(1024 * one.value, rel=1e-3)
    assert other.lipschitz_upper == pytest.approx(one.lipschitz_upper, rel=1e-3)


def test_the_seed_decides_everything_and_torchs_own_state_is_left_alone():
    x, y = normal(60, 2), normal(50, 2, seed=1) + 1
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first = estimate_w1(x, y, **SMALL)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(6)
    again, another = estimate_w1(x, y, **SMALL), estimate_w1(x, y, seed=1, **SMALL)
    numbers = ("value", "lipschitz_lower", "lipschitz_upper", "lower_bound", "exact")
    assert [getattr(first, key) for key in numbers] == [getattr(again, key) for key in numbers]
    assert first.value != another.value


@pytest.mark.parametrize("name", sorted(lipschitz.constraints()))
def test_every_constraint_will_do(name):
    x, y = normal(40, 2), normal(40, 2, seed=1) + 1
    found = estimate_w1(x, y, constraint=name, steps=3, batch_size=16)
    assert found.lower_bound <= found.exact
    assert (found.lipschitz_upper is None) == ("upper" in found.reasons)
    assert (found.lipschitz_lower is None) == ("lower" in found.reasons)


def test_constraints_and_networks_may_be_objects_and_hard_ones_get_a_sorting_critic():
    x, y = normal(40, 2), normal(40, 2, seed=1) + 1
    hard = estimate_w1(x, y, constraint=lipschitz.build("spectral_norm"), **SMALL)
    assert any(type(layer).__name__ == "MaxMin" for layer in hard.critic.modules())
    soft = estimate_w1(x, y, network=registry.build("network", "mlp", width=8, depth=1), **SMALL)
    assert sum(isinstance(layer, torch.nn.Linear) for layer in soft.critic.modules()) == 2


def test_the_exact_distance_is_left_out_where_it_is_not_wanted_or_too_large(monkeypatch):
    x, y = normal(30, 2), normal(30, 2, seed=1)
    assert estimate_w1(x, y, exact=False, **SMALL).exact is None
    monkeypatch.setattr(w1, "EXACT", 899)
    monkeypatch.setattr(w1, "BOUNDED", 899)
    unasked = estimate_w1(x, y, **SMALL)
    assert (unasked.exact, unasked.lower_bound) == (None, None)
    assert estimate_w1(x, y, exact=True, **SMALL).exact == exact_w1(x, y)


def test_identical_points_are_at_distance_zero():
    found = estimate_w1(torch.ones(5, 2), torch.ones(7, 2), **SMALL)
    assert found.exact == 0
    assert found.lower_bound == 0
    assert found.value == pytest.approx(0, abs=1e-6)


def test_arrays_and_integers_are_taken():
    x, y = np.arange(10), np.arange(12) + 5
    assert estimate_w1(x, y, **SMALL).exact == exact_w1(torch.from_numpy(x), torch.from_numpy(y))


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (torch.zeros(5, 2), torch.zeros(5, 3), r"one shape, got \(2,\) and \(3,\)"),
        (torch.zeros(5), torch.zeros(5, 3), r"one shape, got \(1,\) and \(3,\)"),
        (
            torch.zeros(1, 2),
            torch.zeros(5, 2),
            r"at least two samples .* got torch.float32 of shape \(1, 2\)",
        ),
        (torch.zeros(5, 2), torch.zeros(5, 0), r"y must hold at least two samples"),
        (torch.tensor(1.0), torch.zeros(5), r"x must hold at least two samples"),
        (torch.zeros(5, 2, dtype=torch.complex64), torch.zeros(5, 2), "real numbers"),
        (torch.zeros(5, 2), torch.full((5, 2), torch.nan), r"y must hold finite numbers only, got 10 of 10"),
        (torch.full((5, 2), torch.inf), torch.zeros(5, 2), "x must hold finite numbers only"),
        (
            torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)], layout=torch.jagged),
            torch.zeros(5),
            "x must be .* several shapes",
        ),
        ("words", torch.zeros(5), "x must be a tensor or an array of numbers"),
        ([[1.0], [1.0, 2.0]], torch.zeros(5), "x must be a tensor or an array of numbers"),
    ],
)
def test_samples_that_are_none_are_refused(x, y, message):
    with pytest.raises(DataError, match=message):
        estimate_w1(x, y)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"steps": 0}, "steps must be a whole number >= 1, got 0"),
        ({"batch_size": 2.5}, "batch_size must be a whole number"),
        ({"seed": -1}, "seed must be a whole number >= 0"),
        ({"learning_rate": 0.0}, "learning_rate must be a positive number"),
        ({"learning_rate": float("nan")}, "learning_rate must be a positive number"),
        ({"learning_rate": 1e300}, "learning_rate must be a positive number, at most 1e\\+30, got 1e\\+300"),
        ({"learning_rate": 10**400}, "learning_rate must be a positive number, at most 1e"),
        ({"exact": "yes"}, "exact must be True, False or None, got 'yes'"),
        ({"exact": "no"}, "exact must be True, False or None, got 'no'"),
        ({"exact": 1}, "exact must be True, False or None, got 1"),
        ({"device": 0}, "device must be 'cpu', .* or a torch device, got 0"),
        ({"device": torch.device("cuda", 3)}, "the first of its kind, got cuda:3; .*CUDA_VISIBLE_DEVICES=3"),
        ({"learning_rate": "a"}, "learning_rate must be a positive number, got 'a'"),
        ({"learning_rate": True}, "learning_rate must be a positive number, got True"),
        ({"learning_rate": 1j}, "learning_rate must be a positive number"),
        ({"steps": True}, "steps must be a whole number >= 1, got True"),
        ({"steps": np.float64(5)}, "steps must be a whole number >= 1"),
        ({"batch_size": "a"}, "batch_size must be a whole number >= 1, got 'a'"),
        ({"constraint": 3}, "constraint must be a registered name, 'none', or a constraint .*, got 3"),
        ({"constraint": None}, "constraint must be a registered name"),
        ({"constraint": type(lipschitz.build("spectral_norm"))}, "constraint must be a registered name"),
        ({"network": 3}, "network must be a registered name, a network .* or a torch module .*, got 3"),
        ({"network": torch.nn.Linear}, "network must be a registered name"),
    ],
)
def test_settings_out_of_range_are_refused(wrong, message):
    with pytest.raises(FieldError, match=message):
        estimate_w1(torch.zeros(5, 2), torch.ones(5, 2), **wrong)


@pytest.mark.parametrize("unit", [1e-307, 1e-200, 1e-150, 1e150, 1e200, 1e305])
def test_units_may_be_as_small_or_large_as_float64_has_them(unit):
    x, y = normal(60, 3).double(), normal(50, 3, seed=1).double() + 1
    one, other = estimate_w1(x, y, **SMALL), estimate_w1(unit * x, unit * y, **SMALL)
    for key in ("value", "lower_bound", "exact"):
        assert getattr(other, key) / unit == pytest.approx(getattr(one, key), rel=1e-3)
    with torch.no_grad():
        gained = other.critic(unit * x).mean() - other.critic(unit * y).mean()
    assert float(gained) / unit == pytest.approx(one.value, rel=1e-3)


def test_samples_too_far_apart_for_float64_are_refused():
    x = torch.full((5, 1), 1.7e308, dtype=torch.float64)
    with pytest.raises(DataError, match="lie further apart than float64 can tell"):
        estimate_w1(x, -x, **SMALL)


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support")
def test_samples_are_taken_however_they_lie_in_memory():
    x, y = normal(40, 2).double(), normal(40, 2, seed=1).double() + 1
    want = estimate_w1(x, y, **SMALL)
    for taken in (x.to_sparse(), x.to_sparse_csr(), x.numpy()[::-1][::-1], x.numpy().astype(">f8")):
        assert estimate_w1(taken, y, **SMALL).value == want.value
    backwards = estimate_w1(x.numpy()[::-1], y, **SMALL)
    assert backwards.exact == pytest.approx(want.exact, rel=1e-12)
    assert backwards.value == estimate_w1(x.flip(0), y, **SMALL).value


def test_torch_devices_and_numpys_truth_values_are_taken():
    x, y = normal(40, 2), normal(40, 2, seed=1) + 1
    found = estimate_w1(x, y, device=torch.device("cpu"), exact=np.False_, **SMALL)
    assert found.exact is None
    assert found.value == estimate_w1(x, y, **SMALL).value


@pytest.mark.parametrize("kind", [np.int64, np.uint8, torch.tensor])
def test_whole_numbers_of_other_types_are_taken(kind):
    x, y = normal(40, 2), normal(40, 2, seed=1) + 1
    found = estimate_w1(x, y, steps=kind(5), batch_size=kind(16), seed=kind(3))
    assert found.value == estimate_w1(x, y, steps=5, batch_size=16, seed=3).value


def test_a_module_is_copied_and_trained():
    x, y = normal(60, 2), normal(60, 2, seed=1) + torch.tensor([2.0, 0.0])
    module = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1)).double()
    before = [parameter.clone() for parameter in module.parameters()]
    found = estimate_w1(x, y, network=module, steps=100, batch_size=32)
    assert all(
        torch.equal(now, was) and now.dtype == torch.float64 and now.grad is None
        for now, was in zip(module.parameters(), before, strict=True)
    )
    assert [p.shape for p in found.critic.parameters()] == [p.shape for p in before]
    assert found.value == pytest.approx(found.exact, rel=0.25)
    assert estimate_w1(x, y, network=module, steps=100, batch_size=32).value == found.value


class Uncopied(torch.nn.Linear):
    """A layer that keeps a result, as some do."""

    def __init__(self):
        super().__init__(2, 1)
        self.kept = self.weight * 2


@pytest.mark.parametrize(
    ("module", "error", "message"),
    [
        (torch.nn.Linear(3, 1), TrainingError, r"cannot be evaluated on samples of shape \(2,\)"),
        (torch.nn.Linear(2, 2), CriticError, r"one score per sample"),
        (torch.nn.Linear(2, 1).requires_grad_(False), CriticError, "Linear has none to train"),
        (torch.nn.Identity(), CriticError, "Identity has none to train"),
        (Uncopied(), CriticError, "must be a module that copy.deepcopy can copy"),
    ],
)
def test_modules_that_cannot_serve_are_refused(module, error, message):
    with pytest.raises(error, match=message):
        estimate_w1(torch.zeros(5, 2), torch.ones(5, 2), network=module, **SMALL)


@pytest.mark.parametrize("rate", [1e30, 1e20])
def test_the_largest_learning_rates_diverge_with_a_clear_error(rate):
    with pytest.raises(TrainingError, match="training diverged"):
        estimate_w1(normal(40, 2), normal(40, 2, seed=1) + 1, learning_rate=rate, **SMALL)


def test_none_is_no_constraint():
    """With a critic that has slope at most 1 by construction, the estimate is a lower bound all the same."""
    x, y = normal(60, 2) + torch.tensor([2.0, 0.0]), normal(60, 2, seed=1)
    found = estimate_w1(x, y, constraint="none", network="max_of_cones", **SMALL)
    assert found.lipschitz_upper == pytest.approx(1, abs=1e-5)
    assert 0 < found.value <= found.exact * (1 + 1e-5)
    free = estimate_w1(x, y, constraint="none", steps=200, batch_size=32)
    assert free.lipschitz_lower > 2 * estimate_w1(x, y, steps=200, batch_size=32).lipschitz_lower


def test_unknown_names_come_with_the_closest_one():
    x, y = torch.zeros(5, 2), torch.ones(5, 2)
    with pytest.raises(UnknownNameError, match="Did you mean 'spectral_norm'"):
        estimate_w1(x, y, constraint="spectral_nrom")
    with pytest.raises(UnknownNameError, match="Did you mean 'silu_mlp'"):
        estimate_w1(x, y, network="silu_mpl")


def test_the_package_offers_it_and_nothing_unknown():
    assert lipschitz_trainers.W1Estimate.__name__ == "W1Estimate"
    with pytest.raises(AttributeError, match="no attribute 'estimate_w2'"):
        _ = lipschitz_trainers.estimate_w2
