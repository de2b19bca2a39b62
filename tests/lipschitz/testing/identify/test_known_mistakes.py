"""Mistakes of popular repositories, each as one small function of our own: every one must be named, and no other."""

import pytest
import torch

from lipschitz.testing import identify_penalty


def column(x):
    return (len(x), *[1] * (x.ndim - 1))


def slopes(critic, x, total=torch.sum, create_graph=True):
    x = x.detach().requires_grad_()
    (gradients,) = torch.autograd.grad(total(critic(x)), x, create_graph=create_graph)
    return gradients


def mixed(real, fake, epsilon=None):
    epsilon = torch.rand(column(real)) if epsilon is None else epsilon
    return epsilon * real + (1 - epsilon) * fake


def flat(gradients):
    return gradients.flatten(1).norm(dim=1)


def two_sided(norms):
    return 10 * ((norms - 1) ** 2).mean()


CASES = []


def case(*faults, points="between", kind="two_sided"):
    def register(function):
        CASES.append(pytest.param(function, points, kind, set(faults), id=function.__name__))
        return function

    return register


@case("whole_batch_norm", "one_epsilon_per_batch", "leaks_to_generator")
def one_norm_for_everything_and_one_draw(critic, real, fake):
    epsilon = torch.rand(1).item()
    x = epsilon * real + (1 - epsilon) * fake
    if not x.requires_grad:
        x.requires_grad_()
    (gradients,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return 10 * (gradients.norm(2) - 1) ** 2


@case("whole_batch_norm", "nan_at_zero")
def root_of_the_sum_of_everything(critic, real, fake):
    return 10 * (1 - slopes(critic, mixed(real, fake)).square().sum().sqrt()) ** 2


@case("wrong_axis")
def norm_over_the_positions_of_a_sequence(critic, real, fake):
    epsilon = torch.rand(len(real), 1, 1)
    return two_sided(slopes(critic, mixed(real, fake, epsilon)).norm(2, dim=1))


@case()
def norm_over_positions_and_letters_of_a_sequence(critic, real, fake):
    epsilon = torch.rand(len(real), 1, 1)
    return two_sided(slopes(critic, mixed(real, fake, epsilon)).norm(2, dim=(1, 2)))


@case("wrong_axis")
def norm_over_the_channels_of_an_image(critic, real, fake):
    epsilon = torch.rand(len(real), 1, 1, 1).expand(real.size())
    return two_sided(slopes(critic, mixed(real, fake, epsilon)).norm(2, dim=1))


@case("wrong_axis", "epsilon_per_element", points="around_real")
def noise_and_epsilon_per_pixel_and_norm_over_channels(critic, real, fake):
    epsilon = torch.rand(real.shape)
    moved = real + 0.5 * real.std() * torch.rand(real.shape)
    return two_sided(slopes(critic, mixed(real, moved, epsilon)).norm(2, dim=1))


@case("whole_batch_norm", "one_epsilon_per_batch", points="around_real")
def one_norm_and_one_draw_around_real(critic, real, fake):
    moved = real + torch.rand(1).item() * 0.5 * real.std() * torch.rand_like(real)
    return two_sided(slopes(critic, moved).norm(2))


@case("wrong_axis", "one_epsilon_per_batch")
def a_one_by_one_epsilon_and_pixelwise_norms(critic, real, fake):
    epsilon = torch.rand(1, 1).expand(real.size())
    return two_sided(slopes(critic, mixed(real, fake, epsilon)).norm(2, dim=1))


@case("wrong_axis")
def pixelwise_norms_by_default(critic, real, fake, mode="pixel"):
    gradients = slopes(critic, mixed(real, fake))
    return two_sided(gradients.norm(2, dim=1) if mode == "pixel" else flat(gradients))


@case("wrong_axis", "epsilon_per_element", "nan_at_zero")
def epsilon_per_pixel_and_root_over_one_axis(critic, real, fake):
    gradients = slopes(critic, mixed(real, fake, torch.rand_like(real)))
    return 0.25 * ((gradients.square().sum(1).sqrt() - 1) ** 2).mean()


@case("epsilon_per_element")
def epsilon_per_channel(critic, real, fake):
    return two_sided(flat(slopes(critic, mixed(real, fake, torch.rand(*real.shape[:2], 1, 1)))))


@case("epsilon_per_element", "one_epsilon_per_batch")
def one_epsilon_image_for_all(critic, real, fake):
    return two_sided(flat(slopes(critic, mixed(real, fake, torch.rand(real.shape[1:])))))


@case("epsilon_outside_unit_interval", "nan_at_zero")
def normal_epsilon_and_bare_root(critic, real, fake):
    gradients = slopes(critic, mixed(real, fake, torch.randn(len(real), 1, 1, 1)))
    return two_sided(gradients.square().sum((1, 2, 3)).sqrt())


@case("epsilon_outside_unit_interval", "epsilon_per_element")
def normal_epsilon_per_pixel(critic, real, fake):
    return two_sided(flat(slopes(critic, mixed(real, fake, torch.randn_like(real)))))


@case("epsilon_outside_unit_interval", "points_not_between")
def extrapolation(critic, real, fake):
    return two_sided(flat(slopes(critic, real + torch.rand(column(real)) * (real - fake))))


@case("wrong_axis")
def two_axes_of_four(critic, real, fake):
    return two_sided(slopes(critic, mixed(real, fake)).norm(dim=(2, 3)))


@case("wrong_axis")
def norm_over_the_batch_axis(critic, real, fake):
    return two_sided(slopes(critic, mixed(real, fake)).norm(dim=0))


@case("wrong_axis")
def mean_of_pixel_norms_in_a_sample(critic, real, fake):
    return two_sided(
        slopes(critic, mixed(real, fake)).norm(dim=1).flatten(1).mean(1, keepdim=True).squeeze(1)
    )


@case("wrong_axis")
def last_axis_only(critic, real, fake):
    return two_sided(slopes(critic, mixed(real, fake)).norm(dim=-1))


@case("wrong_axis")
def reshaped_and_the_result_lost(critic, real, fake):
    gradients = slopes(critic, mixed(real, fake))
    reshaped = gradients.reshape(len(gradients), -1)
    del reshaped
    return two_sided(gradients.norm(2, dim=1))


@case("detached")
def only_the_number(critic, real, fake):
    return two_sided(flat(slopes(critic, mixed(real, fake)))).item()


@case("detached")
def no_graph_created(critic, real, fake):
    return two_sided(flat(slopes(critic, mixed(real, fake), create_graph=False)))


@case("detached")
def half_of_it_detached(critic, real, fake):
    norms = flat(slopes(critic, mixed(real, fake)))
    return 10 * ((norms - 1) * (norms.detach() - 1)).mean()


@case("detached")
def graph_already_freed(critic, real, fake):
    value = two_sided(flat(slopes(critic, mixed(real, fake))))
    torch.autograd.backward(value)
    return value


@case("norm_not_excess", kind="zero_centered")
def the_norm_itself(critic, real, fake):
    return 10 * flat(slopes(critic, mixed(real, fake))).mean()


@case("norm_not_excess", "whole_batch_norm", "nan_at_zero", kind="zero_centered")
def the_norm_of_everything_itself(critic, real, fake):
    return 10 * slopes(critic, mixed(real, fake)).square().reshape(-1).sum().sqrt()


@case("norm_not_excess", kind="zero_centered")
def the_squared_norm_itself(critic, real, fake):
    return 10 * flat(slopes(critic, mixed(real, fake))).square().mean()


@case("square_of_mean", kind="one_sided")
def square_of_the_mean_violation(critic, real, fake):
    return 10 * (flat(slopes(critic, mixed(real, fake))) - 1).clamp(min=0).mean() ** 2


@case("square_of_mean")
def square_after_the_mean_norm(critic, real, fake):
    return 10 * (flat(slopes(critic, mixed(real, fake))).mean() - 1) ** 2


@case("biased_epsilon")
def a_large_constant_under_the_root(critic, real, fake):
    gradients = slopes(critic, mixed(real, fake)).flatten(1)
    return two_sided((gradients.square().sum(1) + 1e-4).sqrt())


@case("biased_epsilon", kind="one_sided")
def a_large_constant_where_it_costs_nothing(critic, real, fake):
    gradients = slopes(critic, mixed(real, fake)).flatten(1)
    return 10 * ((gradients.square().sum(1) + 1e-4).sqrt() - 1).clamp(min=0).square().mean()


@case("nan_at_zero")
def a_bare_root(critic, real, fake):
    return two_sided(slopes(critic, mixed(real, fake)).flatten(1).square().sum(1).sqrt())


@case("nan_at_zero", kind="one_sided")
def a_bare_root_where_it_costs_nothing(critic, real, fake):
    norms = slopes(critic, mixed(real, fake)).flatten(1).square().sum(1).sqrt()
    return 10 * (norms - 1).clamp(min=0).square().mean()


@case("mean_not_sum")
def gradient_of_the_mean_score(critic, real, fake):
    return two_sided(flat(slopes(critic, mixed(real, fake), torch.mean)))


@case("mean_not_sum", kind="one_sided")
def one_sided_with_the_gradient_of_the_mean_score(critic, real, fake):
    norms = flat(slopes(critic, mixed(real, fake), torch.mean))
    return 10 * (norms - 1).clamp(min=0).square().mean()


@case("mean_not_sum")
def mean_square_under_the_root(critic, real, fake):
    return two_sided((slopes(critic, mixed(real, fake)).flatten(1).square().mean(1) + 1e-12).sqrt())


@case("points_not_between")
def at_the_real_samples(critic, real, fake):
    return two_sided(flat(slopes(critic, real)))


@case("points_not_between")
def at_the_fake_samples(critic, real, fake):
    return two_sided(flat(slopes(critic, fake)))


@case("points_not_between")
def at_both(critic, real, fake):
    return two_sided(flat(slopes(critic, torch.cat([real, fake]))))


@case("points_not_between")
def at_the_real_samples_and_between(critic, real, fake):
    return two_sided(flat(slopes(critic, real))) + two_sided(flat(slopes(critic, mixed(real, fake))))


@case("points_not_between")
def around_the_real_samples(critic, real, fake):
    return two_sided(flat(slopes(critic, real + 0.1 * torch.randn_like(real))))


@case("points_not_between", points="around_real")
def between_when_around_real_is_meant(critic, real, fake):
    return two_sided(flat(slopes(critic, mixed(real, fake))))


@case("points_not_between", points="real")
def at_the_fake_samples_when_real_is_meant(critic, real, fake):
    return two_sided(flat(slopes(critic, fake)))


@case("one_epsilon_per_batch")
def always_the_midpoint(critic, real, fake):
    return two_sided(flat(slopes(critic, mixed(real, fake, 0.5))))


@case("not_squared", kind="one_sided")
def hinge_without_a_square(critic, real, fake):
    return 10 * (flat(slopes(critic, mixed(real, fake))) - 1).clamp(min=0).mean()


@case("not_squared", kind="unknown")
def neither_square_nor_absolute_value(critic, real, fake):
    return 10 * (flat(slopes(critic, mixed(real, fake))) - 1).mean()


@case("unrecognized", kind="unknown")
def no_root(critic, real, fake):
    return two_sided(slopes(critic, mixed(real, fake)).flatten(1).square().sum(1))


@case("unrecognized", kind="unknown")
def largest_of_the_batch(critic, real, fake):
    return 10 * flat(slopes(critic, mixed(real, fake))).max() ** 2


@case("unrecognized")
def target_that_shrinks_with_the_batch(critic, real, fake):
    return 10 * ((flat(slopes(critic, mixed(real, fake))) - 1 / len(real)) ** 2).mean()


@case("unrecognized", kind="unknown")
def no_gradient_at_all(critic, real, fake):
    return critic(fake).mean() - critic(real).mean()


@pytest.mark.parametrize(("function", "points", "kind", "faults"), CASES)
def test_it_is_named(function, points, kind, faults):
    verdict = identify_penalty(function, points)
    assert set(verdict.faults) == faults, verdict
    assert verdict.kind == kind
    assert verdict.correct == (not faults)


def test_what_is_harmless_on_vectors_is_found_on_images():
    vectors = identify_penalty(reshaped_and_the_result_lost, shape=(48,))
    images = identify_penalty(reshaped_and_the_result_lost, shape=(3, 4, 4))
    assert vectors.correct
    assert images.faults == ("wrong_axis",)
    both = identify_penalty(reshaped_and_the_result_lost).explanation
    assert "only for (B, 3, 4, 4) and (B, 5, 8)" in both


@pytest.mark.parametrize(
    ("function", "paid"),
    [
        (root_of_the_sum_of_everything, (16**0.5 - 1) ** 2),
        (gradient_of_the_mean_score, (1 - 1 / 16) ** 2),
        (norm_over_the_channels_of_an_image, (1 - (3 / 192) ** 0.5) ** 2),
    ],
)
def test_the_explanation_says_what_a_critic_of_slope_one_pays(function, paid):
    verdict = identify_penalty(function, shape=(3, 8, 8), batch_size=16)
    assert f"a linear critic of slope 1 pays {paid:.3g} times the coefficient" in verdict.explanation
