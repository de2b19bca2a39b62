import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import ConfigError
from lipschitz_trainers.config.yaml12 import MAX_NODES, load_yaml, read_yaml


def problems(text):
    with pytest.raises(ConfigError) as caught:
        load_yaml(text, "x.yaml")
    return str(caught.value).splitlines()


def test_lines_by_path():
    document = load_yaml("# a comment\na: 1\nb:\n  c: [2,\n   3]\n  d:\n    - e: 4\n", "x.yaml")
    assert document.data == {"a": 1, "b": {"c": [2, 3], "d": [{"e": 4}]}}
    assert document.lines == {
        (): 2,
        ("a",): 2,
        ("b",): 3,
        ("b", "c"): 4,
        ("b", "c", 0): 4,
        ("b", "c", 1): 5,
        ("b", "d"): 6,
        ("b", "d", 0): 7,
        ("b", "d", 0, "e"): 7,
    }


def test_no_magic():
    text = "<<: {a: 1}\nanswer: no\nday: 2026-01-01\n? b\n: 2\n'1': quoted"
    assert load_yaml(text, "x.yaml").data == {
        "<<": {"a": 1},
        "answer": "no",
        "day": "2026-01-01",
        "b": 2,
        "1": "quoted",
    }


@pytest.mark.parametrize("text", ["", "\n# only a comment\n", "---\n"])
def test_empty_document(text):
    assert load_yaml(text, "x.yaml").data is None


def test_duplicates_name_both_lines():
    assert problems("a: 1\nb: {c: 2, c: 3}\na: 4\na: 5") == [
        "x.yaml:2: b.c: duplicate key, first given on line 2",
        "x.yaml:3: a: duplicate key, first given on line 1",
        "x.yaml:4: a: duplicate key, first given on line 1",
    ]


def test_the_first_of_duplicates_is_kept():
    document, found = read_yaml("a: 1\na: 2", "x.yaml")
    assert document.data == {"a": 1}
    assert len(found) == 1


@pytest.mark.parametrize("key", ["1", "1.5", "true", "~", "0x1"])
def test_keys_must_be_strings(key):
    assert problems(f"a:\n  {key}: 2") == [
        f"x.yaml:2: a.{key}: a key must be a string; write it in quotes: {key!r}"
    ]


@pytest.mark.parametrize("key", ["[a]", "{a: b}"])
def test_keys_must_not_be_collections(key):
    assert problems(f"? {key}\n: 2") == ["x.yaml:1: a key must be a string, not a list or a mapping"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1,\n b", "x.yaml:2:3: no valid YAML: while parsing a flow sequence, expected ',' or ']'"),
        (
            "a: 1\n\tb: 2",
            "x.yaml:2:1: no valid YAML: while scanning for the next token, found character '\\t'",
        ),
        ("a: 1\nb: *there", "x.yaml:2:4: no valid YAML: found undefined alias"),
        ("a: 1\n--- \nb: 2", "x.yaml:2:1: no valid YAML: expected a single document"),
        ("a: 1\nb: x\x01y", "x.yaml:2:5: the character U+0001 is not allowed"),
        ('a: "\\U7fffffff"', "x.yaml: no valid YAML: chr() arg not in range"),
        ('a: "\\ud800"', "x.yaml:1: a: half of a surrogate pair"),
        ("a: 1\nb: !!int x", "x.yaml:2: b: 'x' is no int"),
    ],
)
def test_syntax_errors_name_line_and_column(text, line):
    assert problems(text)[0].startswith(line)


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("!!python/object/apply:os.system [ls]", "!!python/object/apply:os.system"),
        ("!!timestamp 2026-01-01", "!!timestamp"),
        ("!mine {a: 1}", "!mine"),
    ],
)
def test_other_tags_are_refused(tag, shown):
    assert problems(f"a: {tag}") == [
        f"x.yaml:1: a: the tag {shown} is not allowed; a configuration holds plain values only"
    ]


def test_aliases_are_expanded():
    document = load_yaml("a: &x {k: [1]}\nb: *x\n", "x.yaml")
    assert document.data == {"a": {"k": [1]}, "b": {"k": [1]}}
    assert document.lines["b",] == 2
    assert document.lines["b", "k"] == 1


def test_alias_inside_its_own_anchor():
    assert problems("a: &x [1, *x]") == ["x.yaml:1: a.1: an alias stands inside its own anchor"]


def test_alias_bomb():
    levels = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    text = "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x]", *levels])
    assert f"more than {MAX_NODES} values" in problems(text)[0]


@pytest.mark.parametrize("depth", [70, 20_000])
def test_deep_nesting(depth):
    assert "nested more than 64 levels deep" in problems("[" * depth + "]" * depth)[0]


@given(st.text("ab01.:-[]{},&*!|>'\"\\\n \t#?%@`~xUu") | st.text())
def test_any_text_is_read_or_refused_with_its_place(text):
    document, found = read_yaml(text, "x.yaml")
    assert all(str(problem).startswith("x.yaml:") for problem in found)
    assert document.data is None or document.lines[()] >= 1
