"""Law 5: randomness comes from the batch only, so that runs can be repeated and split over processes."""

from __future__ import annotations

import torch

from lipschitz.testing.generators import global_seeds, global_states
from lipschitz.testing.trial import Trial, largest, restore, same_bits, snapshot


def global_generators_stay(trial: Trial) -> None:
    """Neither `penalty` nor `project` draws from torch's, Python's or numpy's global generator."""
    critic = trial.prepared()
    before = global_states()
    trial.penalty(critic, trial.batch())
    after_penalty = global_states()
    trial.constraint.project(critic)
    after_project = global_states()
    for library, state in before.items():
        for moment, now in (("penalty", after_penalty), ("project", after_project)):
            trial.require(
                now[library] == state,
                5,
                f"{moment} draws from the global generator of {library}; draw from batch.uniform(...) or "
                f"batch.normal(...).",
            )


def the_batch_decides(trial: Trial) -> None:
    """Equal batches with equally seeded generators give equal penalties, whatever the global generators hold."""
    values: list[torch.Tensor] = []
    critic = trial.prepared(3.0)
    state = snapshot(critic)
    for seed in (1, 2):
        batch = trial.batch()
        with global_seeds(seed):
            values.append(trial.penalty(restore(critic, state), batch))
    a, b = values
    trial.require(
        same_bits(a, b),
        5,
        f"two runs on equal batches with equally seeded generators differ by {largest(a - b):.3g}, where the largest "
        f"term is {largest(a):.3g}: something is drawn elsewhere. Draw from batch.uniform(...) or batch.normal(...).",
    )
