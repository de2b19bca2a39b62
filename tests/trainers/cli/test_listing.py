"""`lipschitz list`."""

import pytest

import lipschitz
from lipschitz_trainers.cli.listing import Kind, entries
from lipschitz_trainers.config import experiment_names

KINDS = [kind.value for kind in Kind]


def test_everything_is_listed(cli):
    done = cli("list")
    assert done.code == 0
    for kind in KINDS:
        assert kind in done.out
    for name in [*lipschitz.constraints(), *experiment_names(), "swiss_roll", "mlp", "wasserstein", "w1"]:
        assert name in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize("kind", KINDS)
def test_names_for_scripts(cli, kind):
    done = cli("list", kind, "--names")
    names = done.out.split("\n")[:-1]
    assert names == [entry[0] for entry in entries(Kind(kind))]
    assert all(" " not in name for name in names)
    assert done.err == ""


@pytest.mark.parametrize("kind", KINDS)
def test_everything_says_what_it_is_in_a_sentence(kind):
    for name, *_, summary in entries(Kind(kind)):
        assert len(summary.split()) > 2, name
        assert "``" not in summary, name


def test_an_unknown_kind_lists_the_known_ones(cli):
    done = cli("list", "constraint")
    assert done.code == 2
    assert "constraints" in done.err


def test_constraints_stand_under_their_family(cli):
    lines = [line.rstrip() for line in cli("list", "constraints").out.splitlines()]
    families = {cls.family for cls in lipschitz.constraints().values()}
    assert [line for line in lines if line in families] == sorted(families)
    under = ""
    listed = {}
    for line in lines:
        under = line if line in families else under
        if line.startswith("  ") and line[2] != " ":
            listed[line.split()[0]] = under
    assert listed == {name: cls.family for name, cls in lipschitz.constraints().items()}
