"""Training the small classifier, the same way every time."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from lipschitz.seeding import fixed_seed
from lipschitz_trainers.extractors.classifier_network import ClassifierNetwork

BATCH = 128
LEARNING_RATE = 0.01
WEIGHT_DECAY = 0.02
WARM_UP = 0.25
"""Share of the steps in which the learning rate rises; then it falls to zero (Smith, Topin 2017, arXiv 1708.07120)."""
SHIFT = 8
"""Images are shifted by up to this part of their side, so that so few of them are not learned by heart."""
SEED = 0


def train_classifier(images: Tensor, labels: Tensor, classes: int, seen: int) -> ClassifierNetwork:
    """Train a classifier, deterministically; torch's global random state stays as it was.

    Images are not mirrored: that would turn digits and letters into others.

    Args:
        images: shape (n, channels, height, width), float32 in [-1, 1]; at least 2.
        labels: shape (n,), int64 in [0, classes).
        classes: how many.
        seen: how many images it sees, each as often as the others; what a run costs is in proportion.

    Returns:
        The trained network in evaluation mode, whose parameters need no gradient.
    """
    # Evaluations call this where gradients are off.
    with torch.inference_mode(False), torch.enable_grad(), fixed_seed(SEED):
        network = ClassifierNetwork(tuple(images.shape[1:]), classes)
        _fit(network.train(), images, labels, seen)
    return network.eval().requires_grad_(False)


def _fit(network: ClassifierNetwork, images: Tensor, labels: Tensor, seen: int) -> None:
    batch = min(BATCH, len(images))
    steps = max(1, seen // batch)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=steps + 1, pct_start=WARM_UP
    )
    order = torch.empty(0, dtype=torch.int64)
    for _ in range(steps):
        if len(order) < batch:
            order = torch.randperm(len(images))
        rows, order = order[:batch], order[batch:]
        loss = cross_entropy(network(shifted(images[rows])), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimizer.step()
        schedule.step()


def shifted(images: Tensor) -> Tensor:
    """Return images shifted by the same random number of pixels; what comes in is mirrored from the edge."""
    height, width = images.shape[2:]
    most = min(height, width) // SHIFT
    down, right = torch.randint(0, 2 * most + 1, (2,)).tolist()
    return pad(images, (most, most, most, most), mode="reflect")[
        :, :, down : down + height, right : right + width
    ]
