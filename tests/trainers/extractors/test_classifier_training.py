"""Training is good, the same every time, and leaves no trace."""

import pytest
import torch

from lipschitz_trainers.extractors.classifier_training import shifted, train_classifier


def accuracy(network, samples):
    return (network(samples.x).argmax(dim=1) == samples.condition[0]).float().mean().item()


def test_it_learns_and_is_deterministic_and_leaves_random_numbers_alone(halves):
    train, held_out = halves().labelled()
    state = torch.get_rng_state()
    with torch.no_grad():
        first, second = (train_classifier(train.x, train.condition[0], 2, 1000) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not first.training
    assert not any(parameter.requires_grad for parameter in first.parameters())
    assert accuracy(first, held_out) > 0.95


def test_it_works_where_tensors_are_made_for_inference(halves):
    train, held_out = halves().labelled()
    with torch.inference_mode():
        network = train_classifier(train.x, train.condition[0], 2, 1000)
    assert accuracy(network, held_out) > 0.9


@pytest.mark.parametrize("n", [2, 3, 129])
def test_few_images_are_enough_to_run(n):
    network = train_classifier(torch.rand(n, 1, 8, 8), torch.arange(n) % 2, 2, 2 * n)
    assert torch.isfinite(network(torch.rand(1, 1, 8, 8))).all()


def test_shifts_are_small_and_of_the_whole_image():
    image = torch.zeros(2, 1, 16, 16)
    image[..., 8, 8] = 1
    places = set()
    for _ in range(60):
        moved = shifted(image)
        assert moved.shape == image.shape
        assert torch.equal(moved[0], moved[1])
        places.add(tuple(int(i) for i in moved[0, 0].nonzero()[0]))
    assert places == {(i, j) for i in range(6, 11) for j in range(6, 11)} or len(places) > 15
    assert all(abs(i - 8) <= 2 and abs(j - 8) <= 2 for i, j in places)
    assert torch.equal(shifted(image[..., :7, :7]), image[..., :7, :7]), "too small to be shifted"
