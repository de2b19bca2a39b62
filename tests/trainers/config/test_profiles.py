import pytest

from lipschitz_trainers.config.profiles import ProfileEntry, parse_profiles

VARIANTS = ("small-clip", "small-gp", "large-gp")


def parsed(value, reproduces=False):
    return parse_profiles(value, reproduces=reproduces, variants=VARIANTS)


def test_what_a_profile_may_say():
    profiles, faults = parsed(
        {
            "quick": {"overrides": {"steps": 3}, "seeds": 2, "only": "small-*"},
            "long": {"only": ["*-gp"]},
            "x": None,
        }
    )
    assert not faults
    assert profiles == {
        "quick": ProfileEntry(("profiles", "quick", "overrides"), (0, 1), ("small-*",)),
        "long": ProfileEntry(only=("*-gp",)),
        "x": ProfileEntry(),
    }


@pytest.mark.parametrize("needed", ["quick", "paper"])
def test_the_profiles_that_must_be_there(needed):
    given = {"quick": {}, "paper": {}}
    assert parsed(given, reproduces=True)[1] == []
    del given[needed]
    ((location, message),) = [(f.location, f.message) for f in parsed(given, reproduces=True)[1]]
    assert location == ()
    assert f"needs a profile {needed!r}" in message


def test_a_broken_profile_is_left_out_and_the_others_are_kept():
    profiles, faults = parsed({"quick": {}, "long": {"only": "huge-*"}})
    assert list(profiles) == ["quick"]
    assert [fault.location for fault in faults] == [("long", "only", 0)]
