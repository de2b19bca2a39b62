import numpy as np
import pytest
import torch
from torch import nn

import lipschitz
from lipschitz.testing import check_constraint

REASON = "geotorch is not installed: pip install --no-deps geotorch (it needs torch only)"
pytest.importorskip("geotorch", reason=REASON)
Geotorch = pytest.importorskip("lipschitz_geotorch", reason="install this plugin").Geotorch

MANIFOLDS = ["orthogonal", "almost_orthogonal", "sphere", "low_rank"]
SHAPES = {
    "square": lambda: nn.Linear(6, 6),
    "wide": lambda: nn.Linear(9, 4),
    "tall": lambda: nn.Linear(4, 9),
    "row": lambda: nn.Linear(7, 1),
    "convolution": lambda: nn.Conv2d(3, 5, 3),
    "transposed convolution": lambda: nn.ConvTranspose2d(5, 3, 2),
}


def matrix(layer):
    """Return the weight as numpy's matrix with one row for each output, computed without the plugin's help."""
    weight = layer.weight.detach().double().numpy()
    if isinstance(layer, nn.ConvTranspose2d):
        weight = weight.swapaxes(0, 1)
    return weight.reshape(len(weight), -1)


def on_manifold(kind, found, constraint):
    singular = np.linalg.svd(found)[1]
    if kind == "orthogonal":
        return np.abs(singular - 1).max() < 1e-5
    if kind == "almost_orthogonal":
        return np.abs(singular - 1).max() < constraint.radius + 1e-5
    if kind == "sphere":
        return np.abs(np.linalg.norm(found, axis=1) - 1).max() < 1e-5
    return (singular[constraint.rank :] < 1e-5 * singular[0]).all()


@pytest.mark.parametrize("manifold", MANIFOLDS)
def test_obeys_every_law(manifold):
    report = check_constraint(Geotorch(manifold=manifold, rank=2))
    assert not report.refusals


@pytest.mark.parametrize("map_", ["expm", "cayley"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("manifold", MANIFOLDS)
def test_weights_are_on_the_manifold_before_and_after_large_steps(manifold, shape, map_):
    constraint = Geotorch(manifold=manifold, rank=2, map=map_)
    layer = SHAPES[shape]()
    critic = constraint.prepare(nn.Sequential(layer))
    assert on_manifold(manifold, matrix(layer), constraint)
    before = matrix(layer)
    optimizer = torch.optim.SGD(critic.parameters(), lr=0.3)
    goal = torch.randn_like(layer.weight)
    for _ in range(5):
        optimizer.zero_grad()
        ((layer.weight - goal) ** 2).sum().backward()
        optimizer.step()
    assert on_manifold(manifold, matrix(layer), constraint)
    assert np.abs(matrix(layer) - before).max() > 1e-3, "it has learned"


def test_starts_at_the_nearest_matrix():
    layer = nn.Linear(5, 3)
    raw = matrix(layer)
    u, s, vh = np.linalg.svd(raw, full_matrices=False)
    Geotorch().prepare(nn.Sequential(layer))
    np.testing.assert_allclose(matrix(layer), u @ vh, atol=1e-5)
    layer = nn.Linear(5, 3)
    raw = matrix(layer)
    u, s, vh = np.linalg.svd(raw, full_matrices=False)
    Geotorch(manifold="low_rank", rank=1).prepare(nn.Sequential(layer))
    np.testing.assert_allclose(matrix(layer), s[0] * np.outer(u[:, 0], vh[0]), atol=1e-5)


def test_preparing_draws_nothing_and_gives_the_same_critic_every_time():
    weights = []
    for seed in (1, 2):
        torch.manual_seed(0)
        critic = nn.Sequential(nn.Linear(7, 3))
        torch.manual_seed(seed)
        state = torch.get_rng_state()
        weights.append(list(Geotorch().prepare(critic).state_dict().values()))
        assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))


def test_guarantee_depends_on_the_manifold():
    assert {kind: Geotorch(manifold=kind).guarantee for kind in MANIFOLDS} == {
        "orthogonal": "hard",
        "almost_orthogonal": "hard",
        "sphere": "hard",
        "low_rank": "none",
    }


def test_what_is_reparametrized_already_is_refused():
    critic = Geotorch().prepare(nn.Sequential(nn.Linear(2, 2)))
    with pytest.raises(lipschitz.CriticError, match="layer '0' is already reparametrized"):
        Geotorch().prepare(critic)


def test_is_registered_by_its_entry_point():
    assert lipschitz.build("geotorch", manifold="sphere") == Geotorch(manifold="sphere")
