"""Right penalties in many handwritings: none may be called wrong, and all kinds are told apart."""

import copy
import random

import numpy as np
import pytest
import torch
from torch.func import functional_call, grad, jacrev, vjp, vmap

import lipschitz
from lipschitz import Batch
from lipschitz.testing import identify_penalty


def column(x):
    return (len(x), *[1] * (x.ndim - 1))


def mixed(real, fake, epsilon=None):
    epsilon = torch.rand(column(real)) if epsilon is None else epsilon
    return (epsilon * real + (1 - epsilon) * fake).detach().requires_grad_()


def slopes(critic, x):
    (gradients,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return gradients


def flat(gradients):
    return gradients.flatten(1).norm(dim=1)


def two_sided(norms):
    return 10 * ((norms - 1) ** 2).mean()


def one_sided(norms):
    return 10 * (norms - 1).clamp(min=0).square().mean()


CASES = []


def case(kind, points="between", coefficient=10.0, target=1.0):
    def register(function):
        CASES.append(pytest.param(function, points, kind, coefficient, target, id=function.__name__))
        return function

    return register


@case("two_sided")
def with_einsum(critic, real, fake):
    g = slopes(critic, mixed(real, fake)).flatten(1)
    return two_sided((torch.einsum("bd,bd->b", g, g) + 1e-12).sqrt())


@case("two_sided")
def with_einsum_and_the_root_kept_away_from_zero(critic, real, fake):
    g = slopes(critic, mixed(real, fake)).flatten(1)
    return two_sided(torch.einsum("bd,bd->b", g, g).clamp(min=1e-30).sqrt())


@case("two_sided", coefficient=0.1)
def with_vector_norm(critic, real, fake):
    g = slopes(critic, mixed(real, fake))
    return 0.1 * (torch.linalg.vector_norm(g, dim=tuple(range(1, g.ndim))) - 1).pow(2).mean()


@case("one_sided", coefficient=1000.0)
def with_where(critic, real, fake):
    excess = flat(slopes(critic, mixed(real, fake))) - 1
    return 1000 * torch.where(excess > 0, excess**2, torch.zeros_like(excess)).mean()


@case("one_sided")
def with_relu(critic, real, fake):
    return 10 * torch.relu(flat(slopes(critic, mixed(real, fake))) - 1).square().mean()


@case("one_sided")
def with_maximum(critic, real, fake):
    excess = flat(slopes(critic, mixed(real, fake))) - 1
    return 10 * (torch.maximum(excess, torch.zeros_like(excess)) ** 2).mean()


@case("one_sided")
def with_the_norm_clamped_at_the_target(critic, real, fake):
    return 10 * ((flat(slopes(critic, mixed(real, fake))).clamp(min=1) - 1) ** 2).mean()


@case("two_sided")
def with_ones_as_grad_outputs(critic, real, fake):
    x = mixed(real, fake)
    scores = critic(x)
    gradients = torch.autograd.grad(
        outputs=scores,
        inputs=x,
        grad_outputs=torch.ones(scores.size()),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    return ((gradients.view(len(gradients), -1).norm(2, dim=1) - 1) ** 2).mean() * 10


@case("two_sided")
def with_a_column_of_ones(critic, real, fake):
    x = mixed(real, fake)
    return two_sided(flat(torch.autograd.grad(critic(x), x, torch.ones(len(x), 1), create_graph=True)[0]))


@case("two_sided")
def with_a_row_of_ones(critic, real, fake):
    x = mixed(real, fake)
    return two_sided(flat(torch.autograd.grad(critic(x), x, torch.ones(len(x)), create_graph=True)[0]))


@case("two_sided")
def with_vmap(critic, real, fake):
    return two_sided(flat(vmap(grad(lambda s: critic(s[None]).squeeze()))(mixed(real, fake).detach())))


@case("two_sided")
def with_vmap_and_no_batch_axis(critic, real, fake):
    return two_sided(flat(vmap(grad(lambda s: critic(s).sum()))(mixed(real, fake).detach())))


@case("two_sided")
def with_vmap_in_chunks(critic, real, fake):
    gradient = vmap(grad(lambda s: critic(s[None]).squeeze()), chunk_size=4)
    return two_sided(flat(gradient(mixed(real, fake).detach())))


@case("one_sided")
def with_functional_call(critic, real, fake):
    def score(sample, parameters):
        return functional_call(critic, parameters, (sample[None],)).sum()

    gradients = vmap(grad(score), (0, None))(mixed(real, fake).detach(), dict(critic.named_parameters()))
    return one_sided(torch.linalg.vector_norm(gradients.flatten(1), dim=1))


@case("two_sided")
def with_jacrev(critic, real, fake):
    return two_sided(flat(vmap(jacrev(lambda s: critic(s[None]).squeeze()))(mixed(real, fake).detach())))


@case("two_sided")
def with_vjp(critic, real, fake):
    scores, pull = vjp(critic, mixed(real, fake).detach())
    return two_sided(flat(pull(torch.ones_like(scores))[0]))


@case("two_sided")
def with_the_functional_jacobian(critic, real, fake):
    x = mixed(real, fake)
    return two_sided(
        flat(torch.autograd.functional.jacobian(lambda s: critic(s).sum(), x, create_graph=True))
    )


@case("two_sided")
def with_norms_in_float64(critic, real, fake):
    return two_sided(flat(slopes(critic, mixed(real, fake)).double()))


@case("one_sided")
def with_norms_in_float32(critic, real, fake):
    return one_sided(flat(slopes(critic, mixed(real, fake)).float()))


@case("one_sided")
def with_float32_only(critic, real, fake):
    assert real.dtype == torch.float32
    return one_sided(flat(slopes(critic, mixed(real, fake))))


@case("two_sided")
def in_bfloat16_autocast(critic, real, fake):
    with torch.autocast("cpu", torch.bfloat16):
        return two_sided(flat(slopes(critic, mixed(real, fake))))


@case("two_sided")
def with_a_loop(critic, real, fake):
    total = 0.0
    for a, b in zip(real, fake, strict=True):
        total = total + (slopes(critic, mixed(a[None], b[None])).norm() - 1) ** 2
    return 10 * total / len(real)


@case("two_sided")
def with_scores_of_everything_as_well(critic, real, fake):
    drift = 1e-3 * critic(real).square().mean() + 0 * critic(fake).sum()
    return two_sided(flat(slopes(critic, mixed(real, fake)))) + drift


@case("two_sided")
def with_shuffled_pairs(critic, real, fake):
    shuffled = real[torch.randperm(len(real))]
    return two_sided(flat(slopes(critic, mixed(shuffled, fake))))


@case("two_sided")
def on_a_part_of_the_batch(critic, real, fake):
    return two_sided(flat(slopes(critic, mixed(real[:4], fake[:4]))))


OWN = torch.Generator().manual_seed(1)


@case("one_sided")
def with_a_generator_of_its_own(critic, real, fake):
    epsilon = torch.rand(column(real), generator=OWN)
    return one_sided(flat(slopes(critic, mixed(real, fake, epsilon))))


@case("two_sided")
def with_draws_from_python_and_numpy(critic, real, fake):
    draws = [random.random() * np.random.rand() for _ in real]  # noqa: NPY002
    return two_sided(flat(slopes(critic, mixed(real, fake, torch.tensor(draws).reshape(column(real))))))


@case("two_sided")
def with_lerp(critic, real, fake):
    x = torch.lerp(fake.detach(), real, torch.rand(column(real), dtype=real.dtype)).requires_grad_()
    return two_sided(flat(slopes(critic, x)))


@case("two_sided", target=0.75)
def with_another_target(critic, real, fake):
    return 10 * ((flat(slopes(critic, mixed(real, fake))) - 0.75) ** 2).mean()


@case("two_sided", coefficient=10 / 750**2, target=750.0)
def with_a_large_target(critic, real, fake):
    return 10 * ((flat(slopes(critic, mixed(real, fake))) / 750 - 1) ** 2).mean()


@case("one_sided")
def with_a_tiny_constant_under_the_root(critic, real, fake):
    return one_sided((slopes(critic, mixed(real, fake)).flatten(1).square().sum(1) + 1e-10).sqrt())


@case("two_sided")
def with_a_tiny_constant_added_to_the_gradient(critic, real, fake):
    return two_sided((slopes(critic, mixed(real, fake)) + 1e-16).flatten(1).square().sum(1).sqrt())


@case("zero_centered", "real", coefficient=5.0, target=0.0)
def r1(critic, real, fake):
    x = real.detach().clone().requires_grad_()
    return 5 * slopes(critic, x).flatten(1).square().sum(1).mean()


@case("zero_centered", "fake", coefficient=5.0, target=0.0)
def r2(critic, real, fake):
    x = fake.detach().clone().requires_grad_()
    return 5 * slopes(critic, x).flatten(1).square().sum(1).mean()


@case("two_sided", "around_real")
def around_real_with_one_epsilon_per_sample(critic, real, fake):
    x = real + torch.rand(column(real)) * 0.5 * real.std() * torch.rand_like(real)
    return two_sided(flat(slopes(critic, x.requires_grad_())))


@case("two_sided", "around_real")
def around_real_with_plain_noise(critic, real, fake):
    return two_sided(flat(slopes(critic, (real + 0.1 * torch.randn_like(real)).requires_grad_())))


@case("two_sided")
def for_images_of_one_size_and_batch(critic, real, fake):
    return two_sided(slopes(critic, mixed(real, fake)).view(32, 28 * 28).norm(dim=1))


@case("two_sided")
def for_points_in_the_plane(critic, real, fake):
    if real.shape[1:] != (2,):
        raise ValueError("points in the plane, please")
    return two_sided(flat(slopes(critic, mixed(real, fake))))


@pytest.mark.parametrize(("function", "points", "kind", "coefficient", "target"), CASES)
def test_it_is_accepted(function, points, kind, coefficient, target):
    verdict = identify_penalty(function, points)
    assert verdict.correct, verdict
    assert verdict.kind == kind
    assert verdict.coefficient == pytest.approx(coefficient, rel=1e-4)
    assert verdict.target == pytest.approx(target, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "points"),
    [("two_sided", "between"), ("two_sided", "around_real"), ("one_sided", "between"), ("one_sided", "real")],
)
def test_our_own_are_accepted(name, points):
    constraint = lipschitz.build(f"{name}_gradient_penalty", coefficient=3.0, points=points)

    def penalty(critic, real, fake):
        return constraint.penalty(critic, Batch(real=real, fake=fake)).mean()

    verdict = identify_penalty(penalty, points, shape=(2, 3, 3))
    assert verdict.correct, verdict
    assert verdict.kind == name
    assert verdict.coefficient == pytest.approx(3.0)


def test_sums_and_other_norms_are_noted_and_no_fault():
    verdict = identify_penalty(lambda c, r, f: 10 * ((flat(slopes(c, mixed(r, f))) - 1) ** 2).sum())
    assert verdict.correct
    assert any("summed" in note for note in verdict.notes)
    assert verdict.coefficient == pytest.approx(10)
    verdict = identify_penalty(lambda c, r, f: one_sided(slopes(c, mixed(r, f)).flatten(1).abs().amax(1)))
    assert verdict.correct
    assert any("linf" in note for note in verdict.notes)
    assert verdict.target == pytest.approx(1)


def test_a_copy_of_the_critic_learns_instead_of_the_critic():
    verdict = identify_penalty(lambda c, r, f: two_sided(flat(slopes(copy.deepcopy(c), mixed(r, f)))))
    assert verdict.faults == ("detached",)
