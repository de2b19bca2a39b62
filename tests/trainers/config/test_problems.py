import pickle

import pytest

from lipschitz import ConfigError
from lipschitz_trainers.config.problems import Problem, in_order, raise_problems


def test_one_line_with_everything_there_is():
    assert str(Problem("a.yaml", 3, "b.c", "is missing")) == "a.yaml:3: b.c: is missing"
    assert str(Problem("a.yaml", 3, "", "no valid YAML", column=7)) == "a.yaml:3:7: no valid YAML"
    assert str(Problem("--set a=1", None, "", "unknown key")) == "--set a=1: unknown key"
    assert "\n" not in str(Problem("a.yaml", None, "b", "first\nsecond"))


def test_no_problem_is_no_error():
    raise_problems([])


def test_all_problems_at_once_by_file_and_line_without_repetitions():
    late, early = Problem("a.yaml", 9, "x", "late"), Problem("a.yaml", 2, "y", "early")
    other = Problem("--set z=1", None, "z", "other")
    assert in_order([late, other, early, late]) == [early, late, other]
    with pytest.raises(ConfigError) as caught:
        raise_problems([late, other, early])
    assert str(caught.value).splitlines() == [str(early), str(late), str(other)]


def test_the_error_can_be_pickled():
    with pytest.raises(ConfigError) as caught:
        raise_problems([Problem("a.yaml", 1, "x", "bad")])
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == "a.yaml:1: x: bad"
    assert again.problems == caught.value.problems
