"""Critics are followed on a copy, whatever wraps them, and stay as they were."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

from lipschitz import BoundError, CriticError, gradient_norms, product_bound
from lipschitz.bounds import operator_norm
from lipschitz.bounds.traced import Traced
from lipschitz.bounds.tracing import traced_output, unwrapped
from lipschitz.scrap import scrap_copy


def test_buffers_modes_hooks_gradients_and_randomness_stay(bound):
    critic = nn.Sequential(
        parametrizations.spectral_norm(nn.Linear(4, 4)),
        nn.Dropout(0.5),
        nn.BatchNorm1d(4).eval(),
        nn.Linear(4, 1),
    ).train()
    critic[2].eval()
    calls = []
    critic.register_forward_hook(lambda *_: calls.append(1))
    before = copy.deepcopy(critic.state_dict())
    hooks = [len(layer._forward_hooks) + len(layer._forward_pre_hooks) for layer in critic.modules()]
    modes = [layer.training for layer in critic.modules()]
    state = torch.get_rng_state()
    bound(critic.double(), (1, 4), 2)
    assert [layer.training for layer in critic.modules()] == modes
    assert [len(layer._forward_hooks) + len(layer._forward_pre_hooks) for layer in critic.modules()] == hooks
    assert torch.equal(torch.get_rng_state(), state)
    assert all(parameter.grad is None and parameter.requires_grad for parameter in critic.parameters())
    for name, value in critic.state_dict().items():
        torch.testing.assert_close(value, before[name].to(value.dtype), rtol=0, atol=0)


def test_cached_parametrizations_are_left_alone(bound):
    critic = parametrizations.spectral_norm(nn.Linear(3, 3)).double()
    with parametrize.cached():
        weight = critic.weight
        bound(critic, (1, 3), 2)
        assert critic.weight is weight
        assert weight.requires_grad
        assert list(parametrize._cache) == [(id(critic), "weight")]


def test_critics_that_cannot_be_copied_are_refused():
    class Locked(nn.Linear):
        def __deepcopy__(self, memo):
            raise TypeError("locked")

    with pytest.raises(BoundError, match="cannot be copied"):
        traced_output(Locked(2, 1), torch.zeros(1, 2), ())


def test_errors_of_the_critic_say_where():
    with pytest.raises(
        BoundError, match=r"layer '1' \(Linear\) cannot be followed on an input of shape \(1, 2\)"
    ):
        traced_output(nn.Sequential(nn.Linear(2, 3), nn.Linear(2, 1)), torch.zeros(1, 2), ())


def test_old_hooks_leave_tensors_with_a_history_which_can_be_copied():
    with pytest.warns(FutureWarning):
        layer = nn.utils.weight_norm(nn.Linear(3, 2))
    layer(torch.zeros(1, 3))
    with pytest.raises(RuntimeError):
        copy.deepcopy(layer)
    torch.testing.assert_close(scrap_copy(layer)(torch.ones(1, 3)), layer(torch.ones(1, 3)))


def test_wrappers_are_taken_off():
    critic = nn.Linear(2, 1)
    assert unwrapped(critic) is critic
    assert unwrapped(torch.compile(critic)) is critic
    assert unwrapped(nn.DataParallel(critic)) is critic
    assert unwrapped(torch.compile(nn.DataParallel(critic))) is critic


def test_compiled_parts_are_run_without_the_compiler(bound, norm):
    inside = nn.Linear(3, 3).double()
    exact = bound(inside, (1, 3), norm)
    assert bound(nn.Sequential(torch.compile(inside, backend="eager")), (1, 3), norm) == pytest.approx(exact)


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_any_gradient_mode_around_will_do(context, bound, norm):
    layer = nn.Linear(3, 3).double()
    exact = bound(layer, (1, 3), norm)
    with context():
        assert bound(layer, (1, 3), norm) == exact


def test_leaves_of_a_tree_are_parts_of_one_vector(norm):
    def function(pair):
        assert all(isinstance(leaf, Traced) for leaf in pair.values())
        return 3 * pair["a"].sum(1) + 4 * pair["b"].flatten(1).sum(1)

    tree = {"a": torch.zeros(2, 1).double(), "b": torch.zeros(2, 1, 1).double()}
    assert product_bound(function, tree, norm=norm) == pytest.approx({2: 5.0, 1: 4.0}.get(norm, 7.0))


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpointed_layers_are_followed_or_refused(reentrant, bound, norm):
    from torch.utils.checkpoint import checkpoint

    layer = nn.Linear(3, 3).double()
    exact = bound(layer, (1, 3), norm)
    try:
        found = bound(lambda x: checkpoint(layer, x, use_reentrant=reentrant), (1, 3), norm)
    except BoundError:
        return
    assert found == pytest.approx(exact)


@pytest.mark.parametrize("lazy", [nn.LazyLinear(1), nn.Sequential(nn.Linear(3, 3), nn.LazyLinear(1))])
def test_lazy_layers_without_weights_are_refused(lazy):
    for bound in (lambda: product_bound(lazy, torch.zeros(1, 3)), lambda: operator_norm(lazy, (3,))):
        with pytest.raises(
            CriticError, match=r"\(LazyLinear\) is lazy and has no weights yet; run one forward"
        ):
            bound()


@pytest.mark.parametrize("wrap", [lambda critic: critic, lambda critic: lambda x: critic(x)])
def test_bounds_inside_cached_are_those_of_the_cached_weight(wrap):
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Flatten(), parametrizations.spectral_norm(nn.Linear(40, 1)), nn.Linear(1, 1))
    critic = critic.double()
    parametrizations.spectral_norm(critic[2])
    hidden = parametrizations.spectral_norm(nn.Linear(40, 40).double())
    both = nn.Sequential(hidden, nn.Linear(40, 1).double())
    points = torch.randn(5, 40).double()
    for each in (critic, both):
        with parametrize.cached():
            weight = each[0].weight if each is both else each[1].weight
            with torch.no_grad():
                each[0 if each is both else 1].parametrizations.weight.original.mul_(0.01)
            slopes = gradient_norms(each, points).detach()
            assert float(slopes.max()) == pytest.approx(product_bound(wrap(each), points), rel=1e-9)
            assert (each[0] if each is both else each[1]).weight is weight


@pytest.mark.parametrize("norm_of", [product_bound, lambda critic, x: operator_norm(critic, (3,))])
def test_torchscript_is_refused(norm_of):
    scripted = torch.jit.script(nn.Linear(3, 1))
    traced = torch.jit.trace(nn.Linear(3, 1), torch.zeros(1, 3))
    for critic in (scripted, traced, nn.Sequential(nn.Linear(3, 3), scripted)):
        with pytest.raises(BoundError, match="TorchScript"):
            norm_of(critic, torch.zeros(1, 3))


def test_torchscript_functions_are_refused():
    scripted = torch.jit.script(nn.Linear(3, 1))
    for critic in (lambda x: scripted(x), torch.jit.trace(lambda x: 5 * x.sum(1), torch.zeros(1, 3))):
        with pytest.raises(BoundError):
            product_bound(critic, torch.zeros(1, 3))
