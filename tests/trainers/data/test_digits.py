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


def test_larger_digits_show_the_same():
    small, large = (Digits(size=size).open() for size in (8, 32))
    assert large.shape == (1, 32, 32)
    (a, _), (b, _) = small.labelled(), large.labelled()
    assert b.x.min() >= -1
    assert b.x.max() <= 1
    # Averages over 4x4 blocks of linear interpolation give back a smoothed original: nearest is the same digit.
    back = torch.nn.functional.avg_pool2d(b.x[:200], 4).flatten(1)
    assert torch.equal(torch.cdist(back, a.x[:200].flatten(1)).argmin(1), torch.arange(200))


def test_a_limit_takes_the_first_of_the_shuffled_training_images_and_holds_the_same_ones_out():
    whole, part = Digits().open().labelled(), Digits(limit=1000).open().labelled()
    assert torch.equal(part[0].x, whole[0].x[:1000])
    assert torch.equal(part[0].condition[0], whole[0].condition[0][:1000])
    assert torch.equal(part[1].x, whole[1].x)
