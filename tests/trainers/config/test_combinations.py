from lipschitz_trainers.config.combinations import configurations
from lipschitz_trainers.config.layers import layer_at
from lipschitz_trainers.config.yaml12 import dump_yaml, load_yaml


def read(values, file):
    return layer_at(load_yaml(dump_yaml(values), file), ())


def combine(minimal, base=None, profiles=None, variants=None, sets=()):
    layers = {name: v and read(v, f"{name}.yaml") for name, v in (profiles or {"quick": None}).items()}
    overrides = {name: [read(v, f"{name}.yaml")] for name, v in (variants or {"only": {}}).items()}
    return configurations(read(minimal(**(base or {})), "base.yaml"), layers, overrides, sets)


def test_order_of_the_layers(minimal):
    configs, problems = combine(
        minimal,
        base={"steps": 1, "batch_size": 1, "devices": 1},
        profiles={"quick": {"steps": 2, "batch_size": 2, "devices": 2}, "paper": None},
        variants={"a": {"batch_size": 3, "devices": 3}, "b": {}},
        sets=["devices=4"],
    )
    assert problems == []
    found = {key: (config.steps, config.batch_size, config.devices) for key, config in configs.items()}
    assert found == {
        ("quick", "a"): (2, 3, 4),
        ("quick", "b"): (2, 2, 4),
        ("paper", "a"): (1, 3, 4),
        ("paper", "b"): (1, 1, 4),
    }


def test_a_shared_problem_is_said_once(minimal):
    configs, problems = combine(minimal, {"steps": 0}, {"q": None, "p": None}, {"a": {}, "b": {}, "c": {}})
    assert configs == {}
    assert [problem.message for problem in problems] == ["must be >= 1, got 0"]


def test_a_problem_of_some_says_of_which(minimal):
    variants = {"a": {}, "b": {"steps": 1}, "c": {}}
    _, (problem,) = combine(minimal, {"steps": 0}, {"q": None, "p": {"steps": 2}}, variants)
    assert problem.message == "must be >= 1, got 0 (in profile 'q', variant 'a', 'c')"
    many = {name: {} for name in "abcde"} | {"f": {"steps": 1}}
    _, (problem,) = combine(minimal, {"steps": 0}, None, many)
    assert problem.message == "must be >= 1, got 0 (in variant 'a', 'b', 'c' and 2 more)"


def test_sets_that_do_not_fit(minimal):
    sets = ["device.x=1", "batch_size=0", "nope", "sed=1"]
    _, problems = combine(minimal, {"device": "cpu"}, None, {"a": {}, "b": {}}, sets)
    assert [str(problem).partition(" To change")[0] for problem in problems] == [
        "--set nope: expected KEY=VALUE with dots between keys, such as critic.optimizer.lr=2e-4",
        "--set device.x=1: 'device' is 'cpu', which has no key 'x'.",
        "--set sed=1: unknown key. Did you mean 'seed'?",
        "--set batch_size=0: must be >= 1, got 0",
    ]


def test_a_seed_is_refused(minimal):
    _, (problem,) = combine(minimal, {"seed": 3}, None, {"a": {}, "b": {}})
    assert problem.path == "seed"
    assert "listed under its key 'seeds'" in problem.message


def test_a_profile_adjusts_some_variants(minimal):
    adjusted = {"quick": [("a*", read({"steps": 5}, "star.yaml")), ("ab", read({"steps": 6}, "ab.yaml"))]}
    configs, problems = configurations(
        read(minimal(steps=1), "base.yaml"),
        {"quick": read({"steps": 2}, "quick.yaml"), "paper": None},
        {name: [read({"steps": 3} if name != "b" else {}, "v.yaml")] for name in ("aa", "ab", "b")},
        [],
        adjusted,
    )
    assert problems == []
    assert {key: config.steps for key, config in configs.items()} == {
        ("quick", "aa"): 5,
        ("quick", "ab"): 6,
        ("quick", "b"): 2,
        ("paper", "aa"): 3,
        ("paper", "ab"): 3,
        ("paper", "b"): 1,
    }
