import pytest

from lipschitz_trainers.config.experiment_file import parse_structure
from lipschitz_trainers.config.profiles import ProfileEntry


def values(**changes):
    return {"description": "what it shows", "base": {}, "profiles": {"quick": {}}} | changes


def faults(**changes):
    return [(fault.location, fault.message) for fault in parse_structure(values(**changes)).faults]


def test_defaults():
    structure = parse_structure(values())
    assert structure.faults == []
    assert structure.complete
    assert structure.variants == {"base": []}
    assert structure.seeds == (0,)
    assert structure.analysis == {"name": "comparison"}
    assert structure.paper is None
    assert structure.profiles == {"quick": ProfileEntry()}


def test_everything():
    structure = parse_structure(
        values(
            paper="arXiv 1704.00028, figure 1b",
            variants=[{"a": None}, {"b": {}}],
            seeds=[3, 1],
            profiles={"quick": {"overrides": {"steps": 3}, "seeds": 2, "only": "a-*"}, "paper": None},
            analysis={"name": "norms", "bins": 7},
        )
    )
    assert structure.faults == []
    assert structure.variants == {"a-b": [("variants", 0, "a"), ("variants", 1, "b")]}
    assert structure.seeds == (3, 1)
    assert structure.profiles == {
        "quick": ProfileEntry(("profiles", "quick", "overrides"), (0, 1), ("a-*",)),
        "paper": ProfileEntry(),
    }
    assert structure.analysis == {"name": "norms", "bins": 7}


@pytest.mark.parametrize(
    ("changes", "location", "part"),
    [
        ({"description": 3}, ("description",), "must be a string, got 3"),
        ({"paper": []}, ("paper",), "must be a string, got []"),
        ({"base": None}, ("base",), "must be a run's configuration, got null"),
        ({"variants": 3}, ("variants",), "must be a mapping"),
        ({"variants": {"a": 3}}, ("variants", "a"), "must be a mapping of overrides, got 3"),
        ({"seeds": 0}, ("seeds",), "must be >= 1, got 0"),
        ({"profiles": 3}, ("profiles",), "must be a mapping from name to profile, got 3"),
        (
            {"profiles": {"quikc": {}}},
            ("profiles",),
            "needs a profile 'quick'; it has 'quikc'. Did you mean 'quikc'?",
        ),
        (
            {"paper": "x"},
            ("profiles",),
            "needs a profile 'paper', as the experiment names a paper; it has 'quick'.",
        ),
        (
            {"profiles": {"quick": 3}},
            ("profiles", "quick"),
            "must be a mapping with the keys 'overrides', 'variants', 'seeds', 'only'",
        ),
        (
            {"profiles": {"quick": {"overides": {}}}},
            ("profiles", "quick", "overides"),
            "Did you mean 'overrides'?",
        ),
        ({"profiles": {"quick": {"overrides": 3}}}, ("profiles", "quick", "overrides"), "must be a mapping"),
        ({"profiles": {"quick": {"seeds": [1, 1]}}}, ("profiles", "quick", "seeds", 1), "listed twice"),
        (
            {"profiles": {"quick": {"only": 3}}},
            ("profiles", "quick", "only"),
            "must be a pattern of variants'",
        ),
        ({"profiles": {"quick": {"only": []}}}, ("profiles", "quick", "only"), "a list of those, got []"),
        ({"profiles": {"quick": {"only": [3]}}}, ("profiles", "quick", "only", 0), "must be a pattern"),
        (
            {"profiles": {"quick": {"only": ["b*", "bsae"]}}},
            ("profiles", "quick", "only", 1),
            "fits none of the variants, got 'bsae'. Did you mean 'base'?",
        ),
        ({"analysis": 3}, ("analysis",), "must be a mapping with the key 'name', got 3"),
        ({"analysis": {"nmae": "x"}}, ("analysis",), "got the keys 'nmae'. Did you mean 'nmae'?"),
        ({"analysis": {"name": 3}}, ("analysis",), "needs the key 'name', a string; got 3"),
        ({"varaints": {}}, ("varaints",), "unknown key. Did you mean 'variants'?"),
    ],
)
def test_one_fault(changes, location, part):
    ((found, message),) = faults(**changes)
    assert found == location
    assert part in message


def test_all_faults_at_once():
    found = parse_structure({"descriptoin": "x", "seeds": 0, "analysis": 3, "variants": {"a/b": {}}}).faults
    assert [fault.location[0] for fault in found] == [
        "descriptoin",
        "base",
        "profiles",
        "seeds",
        "analysis",
        "variants",
    ]


@pytest.mark.parametrize("changes", [{"varaints": {}}, {"base": 3}])
def test_too_broken_to_check_the_runs(changes):
    assert not parse_structure(values(**changes)).complete
