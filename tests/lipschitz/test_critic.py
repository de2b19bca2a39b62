"""What a critic returns: one score per sample, or an error that says what to do."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import CriticError, CriticOutput
from lipschitz.critic import output_of, scores_of


@given(st.integers(1, 5), st.booleans(), st.booleans())
def test_scores_of_every_accepted_form(size, column, wrapped):
    scores = torch.arange(float(size))
    raw = scores[:, None] if column else scores
    raw = CriticOutput(raw, logits=torch.zeros(size, 3)) if wrapped else raw
    assert torch.equal(scores_of(raw, size), scores)
    output = output_of(raw, size)
    assert torch.equal(output.scores, scores)
    assert (output.logits is None) is not wrapped
    assert output.features is None


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            torch.zeros(4, 1, 6, 6),
            r"shape \(4,\) or \(4, 1\), got \(4, 1, 6, 6\); it looks like a map of scores",
        ),
        (torch.zeros(4, 2), "got .4, 2.; it looks like a map of scores: average it over the patches"),
        (torch.zeros(3), r"got \(3,\); let the critic end in one output unit and keep the batch axis"),
        (torch.zeros(()), r"got \(\); let the critic end"),
        (torch.zeros(1, 4), r"got \(1, 4\); let the critic end"),
        (
            (torch.zeros(4), 1),
            "a critic must return a tensor of scores or a lipschitz.CriticOutput, got tuple",
        ),
        (None, "got NoneType"),
        (CriticOutput(torch.zeros(4, 2)), r"got \(4, 2\)"),
    ],
)
@pytest.mark.parametrize("function", [scores_of, output_of])
def test_everything_else_is_refused(function, raw, message):
    with pytest.raises(CriticError, match=message):
        function(raw, 4)


def test_one_sample_with_one_score_is_not_mistaken_for_a_map():
    assert scores_of(torch.zeros(1, 1), 1).shape == (1,)
