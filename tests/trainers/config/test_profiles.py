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


def test_overrides_of_some_variants():
    profiles, faults = parsed({"quick": {"variants": {"*-gp": {"steps": 3}, "small-clip": {}}}})
    assert not faults
    places = [("profiles", "quick", "variants", pattern) for pattern in ("*-gp", "small-clip")]
    assert profiles["quick"].variants == (("*-gp", places[0]), ("small-clip", places[1]))


@pytest.mark.parametrize(
    ("variants", "location", "words"),
    [
        (3, ("quick", "variants"), "mapping from patterns"),
        ({"huge-*": {}}, ("quick", "variants", "huge-*"), "fits none"),
        ({"small-*": 3}, ("quick", "variants", "small-*"), "mapping of overrides"),
    ],
)
def test_wrong_overrides_of_some_variants(variants, location, words):
    profiles, (fault,) = parsed({"quick": {"variants": variants}})
    assert profiles == {}
    assert fault.location == location
    assert words in fault.message
