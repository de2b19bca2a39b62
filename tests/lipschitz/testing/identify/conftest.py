"""Penalties as training scripts write them, put together from right and wrong parts."""

import pytest
import torch


def gradients_at(critic, x, total=torch.sum, create_graph=True):
    (gradients,) = torch.autograd.grad(total(critic(x)), x, create_graph=create_graph)
    return gradients


def column(x):
    """Return the shape of one number per sample that broadcasts against x."""
    return (len(x), *[1] * (x.ndim - 1))


def on_lines(real, fake, epsilon=None):
    epsilon = torch.rand(column(real)) if epsilon is None else epsilon
    return epsilon * real + (1 - epsilon) * fake


EPSILONS = {
    "right": lambda x: torch.rand(column(x)),
    "one_epsilon_per_batch": lambda x: torch.rand(1).item(),
    "epsilon_per_element": torch.rand_like,
    "epsilon_outside_unit_interval": lambda x: torch.randn(column(x)),
}

NORMS = {
    "right": lambda g: g.flatten(1).norm(dim=1),
    "wrong_axis": lambda g: g.norm(dim=1),
    "whole_batch_norm": lambda g: g.norm(),
    "nan_at_zero": lambda g: g.flatten(1).square().sum(1).sqrt(),
    "biased_epsilon": lambda g: (g.flatten(1).square().sum(1) + 1e-4).sqrt(),
}

COSTS = {
    "two_sided": lambda n: ((n - 1) ** 2).mean(),
    "one_sided": lambda n: ((n - 1).clamp(min=0) ** 2).mean(),
}


@pytest.fixture(scope="session")
def template():
    """Return a function that writes a penalty with chosen parts, one for each name of a fault."""

    def write(kind="two_sided", faults=(), coefficient=10.0):
        def pick(parts):
            return next((parts[fault] for fault in faults if fault in parts), parts["right"])

        def penalty(critic, real, fake):
            if "leaks_to_generator" not in faults:
                fake = fake.detach()
            x = on_lines(real, fake, pick(EPSILONS)(real))
            if "points_not_between" in faults:
                x = real.clone()
            if not x.requires_grad:
                x.requires_grad_()
            total = torch.mean if "mean_not_sum" in faults else torch.sum
            g = gradients_at(critic, x, total, create_graph="detached" not in faults)
            n = pick(NORMS)(g)
            if "norm_not_excess" in faults:
                return coefficient * n.mean()
            if "not_squared" in faults:
                excess = (n - 1).abs() if kind == "two_sided" else (n - 1).clamp(min=0)
                return coefficient * excess.mean()
            if "square_of_mean" in faults:
                excess = n - 1 if kind == "two_sided" else (n - 1).clamp(min=0)
                return coefficient * excess.mean() ** 2
            return coefficient * COSTS[kind](n)

        return penalty

    return write
