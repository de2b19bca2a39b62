"""All rules are there."""

from lipschitz.bounds import rules


def test_every_module_of_rules_is_loaded():
    for name in ("relu", "add", "layer_norm", "sort", "max_pool2d", "conv2d", "reshape", "softmax"):
        assert name in rules.RULES
