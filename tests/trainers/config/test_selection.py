import re

from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.config.selection import selected

names = st.lists(st.text("ab_.+=-09", min_size=1, max_size=8), unique=True, max_size=8)


@given(names)
def test_a_star_takes_all_and_a_name_takes_itself(variants):
    assert selected(variants, ["*"]) == variants
    assert selected(variants, []) == []
    for name in variants:
        assert selected(variants, [name]) == [name]
    assert selected(variants, reversed(variants)) == variants


@given(names, st.lists(st.text("ab*?", max_size=4), max_size=3))
def test_patterns_are_those_of_files(variants, patterns):
    def fits(name, pattern):
        return re.fullmatch(pattern.replace("*", ".*").replace("?", "."), name) is not None

    assert selected(variants, patterns) == [n for n in variants if any(fits(n, p) for p in patterns)]
