"""Critics are followed on a copy, whatever wraps them, and stay as they were."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

from lipschitz import BoundError
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

    from lipschitz import product_bound

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
