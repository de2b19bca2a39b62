"""The small real digits."""

import torch
from sklearn.datasets import load_digits

from lipschitz_trainers.data import Digits


def test_shape_range_and_split():
    source = Digits().open()
    assert source.shape == (1, 8, 8)
    assert source.kind == "images"
    assert source.classes == 10
    train, held_out = source.labelled()
    assert (len(train.x), len(held_out.x)) == (1297, 500)
    both = torch.cat([train.x, held_out.x])
    assert (both.min(), both.max()) == (-1, 1)


def test_every_digit_is_there_once_with_its_label():
    pixels, targets = load_digits(return_X_y=True)
    want = sorted((*row, int(label)) for row, label in zip((pixels / 8 - 1).tolist(), targets, strict=True))
    sets = Digits().open().labelled()
    rows = torch.cat([part.x.flatten(1) for part in sets]).tolist()
    labels = torch.cat([part.condition[0] for part in sets]).tolist()
    assert sorted((*row, label) for row, label in zip(rows, labels, strict=True)) == want


def test_the_split_is_fixed_and_all_classes_are_on_both_sides():
    (first, first_held), (second, second_held) = (Digits().open().labelled() for _ in range(2))
    assert torch.equal(first.x, second.x)
    assert torch.equal(first_held.x, second_held.x)
    assert first.condition[0].bincount().min() > 100
    assert first_held.condition[0].bincount().min() > 30


def test_labels_become_the_condition_when_asked():
    assert Digits().open().train(torch.Generator()).next(4).condition == ()
    (labels,) = Digits(conditional=True).open().train(torch.Generator()).next(4).condition
    assert labels.dtype == torch.int64
    (held_out,) = Digits(conditional=True).open().held_out(7, torch.Generator()).condition
    assert held_out.shape == (7,)
