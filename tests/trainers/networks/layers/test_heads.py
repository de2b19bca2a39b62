"""The ends of critics."""

import torch

from lipschitz import CriticOutput
from lipschitz_trainers.networks.layers.heads import ClassifyingScore, GlobalMean, Scale, Score, Transpose


def test_a_score_is_one_linear_function_of_all_entries():
    head = Score(12)
    x = torch.randn(5, 3, 2, 2)
    torch.testing.assert_close(head(x), x.reshape(5, 12) @ head.score.weight[0])
    assert head(x[:1]).shape == (1,)


def test_a_classifying_score_has_logits_beside_it():
    head = ClassifyingScore(3, 10)
    x = torch.randn(5, 3)
    output = head(x)
    assert isinstance(output, CriticOutput)
    torch.testing.assert_close(output.scores, x @ head.score.weight[0])
    torch.testing.assert_close(output.logits, x @ head.logits.weight.T)
    assert output.features is None


def test_small_layers():
    x = torch.randn(2, 3, 4, 5)
    torch.testing.assert_close(GlobalMean()(x), x.mean((2, 3)))
    assert torch.equal(Scale(0.5)(x), x / 2)
    assert str(Scale(0.5)) == "Scale(factor=0.5)"
    line = torch.randn(2, 3, 4)
    assert torch.equal(Transpose()(line), line.permute(0, 2, 1))
