import numpy as np
import pytest
import torch
from torch import nn

import lipschitz
from lipschitz.testing import check_constraint

REASON = "deel-torchlip is not installed: pip install --no-deps deel-torchlip (it needs torch and numpy)"
torchlip = pytest.importorskip("deel.torchlip", reason=REASON)
Torchlip = pytest.importorskip("lipschitz_deel_torchlip", reason="install this plugin").Torchlip

LAYERS = {
    "linear": (lambda: nn.Linear(6, 4), lambda: torchlip.SpectralLinear(6, 4), (6,)),
    "row": (lambda: nn.Linear(9, 1), lambda: torchlip.SpectralLinear(9, 1), (9,)),
    "convolution": (lambda: nn.Conv2d(2, 3, 3), lambda: torchlip.SpectralConv2d(2, 3, 3), (2, 6, 6)),
    "strided convolution": (
        lambda: nn.Conv2d(2, 3, 4, stride=2, padding=1),
        lambda: torchlip.SpectralConv2d(2, 3, 4, stride=2, padding=1),
        (2, 6, 6),
    ),
}


@pytest.mark.parametrize("orthogonal", [True, False])
def test_obeys_every_law(orthogonal):
    report = check_constraint(Torchlip(orthogonal=orthogonal))
    assert not report.refusals


@pytest.mark.parametrize("kind", LAYERS)
def test_computes_what_the_librarys_own_layer_computes(kind):
    build, build_theirs, shape = LAYERS[kind]
    torch.manual_seed(0)
    theirs = build_theirs()
    ours = build()
    with torch.no_grad():
        ours.weight.copy_(theirs.parametrizations.weight.original)
        ours.bias.copy_(theirs.bias)
    critic = Torchlip().prepare(nn.Sequential(ours))
    x = torch.randn(5, *shape)
    for _ in range(50):  # both power iterations start elsewhere
        got, expected = critic(x), theirs(x)
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-3)


def operator(layer, shape):
    """Return the matrix of a layer without bias, column by column: no formula of the library is used."""
    size = int(np.prod(shape))
    units = torch.eye(size, dtype=layer.weight.dtype).reshape(size, *shape)
    with torch.no_grad():
        return (layer(units) - layer(torch.zeros(1, *shape, dtype=units.dtype))).flatten(1).T.numpy()


@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("kind", LAYERS)
def test_layers_are_one_lipschitz_by_svd_of_the_operator(kind, scale):
    build, _, shape = LAYERS[kind]
    layer = build().double()
    with torch.no_grad():
        layer.weight.mul_(scale)
    critic = Torchlip().prepare(nn.Sequential(layer))
    for _ in range(100):
        critic(torch.zeros(1, *shape, dtype=torch.float64))
    singular = np.linalg.svd(operator(layer, shape))[1]
    assert singular[0] <= 1 + 1e-6
    if kind in ("linear", "row"):
        assert singular.min() > 0.99, "the iteration pulls all of them up"
        assert singular[0] > 0.999


def test_without_the_iteration_it_is_spectral_normalization():
    layers = [nn.Linear(6, 4), nn.Linear(6, 4)]
    layers[1].load_state_dict(layers[0].state_dict())
    Torchlip(orthogonal=False).prepare(nn.Sequential(layers[0]))
    lipschitz.build("spectral_norm").prepare(nn.Sequential(layers[1]))
    x = torch.randn(3, 6)
    for _ in range(50):
        got, expected = layers[0](x), layers[1](x)
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv3d(1, 1, 2),
        nn.ConvTranspose2d(1, 1, 2),
        nn.Conv2d(2, 2, 2, groups=2),
        nn.Conv2d(1, 1, 2, dilation=2),
    ],
    ids=str,
)
def test_layers_it_has_no_form_for_are_refused_by_path(layer):
    critic = nn.Sequential(nn.Linear(2, 2), nn.Sequential(layer))
    names = list(critic.state_dict())
    with pytest.raises(lipschitz.CriticError, match=r"torchlip has no form for layer '1.0'"):
        Torchlip().prepare(critic)
    assert list(critic.state_dict()) == names


REPEATING = [
    ("reflect", 3, 1, 1),
    ("replicate", 5, 1, 2),
    ("circular", 1, 1, 1),
    ("circular", 3, 1, 2),
    ("circular", 6, 3, 2),
]


@pytest.mark.parametrize(("mode", "kernel", "stride", "padding"), REPEATING)
@pytest.mark.parametrize("build", [nn.Conv1d, nn.Conv2d])
def test_padding_that_repeats_samples_too_often_is_refused(build, mode, kernel, stride, padding):
    layer = build(1, 1, kernel, stride=stride, padding=padding, padding_mode=mode)
    with pytest.raises(
        lipschitz.CriticError, match=f"torchlip cannot bound layer '0'.*padding_mode='{mode}'"
    ):
        Torchlip().prepare(nn.Sequential(layer))


@pytest.mark.parametrize(("mode", "kernel", "stride", "padding"), REPEATING)
def test_what_is_refused_could_be_steeper_than_one(mode, kernel, stride, padding):
    # A kernel that keeps the length of every window, divided by the library's factor, on 8 samples.
    layer = nn.Conv1d(1, 8, kernel, stride=stride, padding=padding, padding_mode=mode, bias=False).double()
    with torch.no_grad():
        layer.weight.copy_(torch.eye(8, kernel)[:, None] / np.sqrt(np.ceil(kernel / stride)))
    assert np.linalg.svd(operator(layer, (1, 8)))[1][0] > 1.01


@pytest.mark.parametrize(
    ("kernel", "stride", "padding"),
    [
        (3, 1, 1),
        (3, 1, "same"),
        (4, 1, "same"),
        (4, 1, 1),
        (4, 2, 1),
        (5, 1, 2),
        (2, 3, 0),
        (5, 3, 1),
        (3, 1, "valid"),
    ],
)
@pytest.mark.parametrize("size", [5, 6, 7, 8])
def test_circular_padding_that_is_taken_is_one_lipschitz(kernel, stride, padding, size):
    layer = nn.Conv1d(2, 16, kernel, stride=stride, padding=padding, padding_mode="circular").double()
    critic = Torchlip().prepare(nn.Sequential(layer))
    for _ in range(100):
        critic(torch.zeros(1, 2, size, dtype=torch.float64))
    assert np.linalg.svd(operator(layer, (2, size)))[1][0] <= 1 + 1e-6


def test_autocast_does_not_round_the_weight():
    layer = nn.Linear(20, 20)
    Torchlip().prepare(nn.Sequential(layer))
    for _ in range(100):
        plain = layer.weight
    with torch.autocast("cpu", torch.bfloat16):
        rounded = layer.weight
    # bfloat16 has three digits: a weight computed in it is off by 1e-3.
    torch.testing.assert_close(rounded, plain, rtol=0, atol=1e-5)


def test_is_registered_by_its_entry_point():
    assert lipschitz.build("torchlip", orthogonal=False) == Torchlip(orthogonal=False)
