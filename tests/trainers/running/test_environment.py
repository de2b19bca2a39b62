"""What results were made with."""

import json

from lipschitz_trainers.running import environment as module
from lipschitz_trainers.running.environment import environment


def test_names_what_computes():
    found = environment()
    assert found["torch"].startswith("2.")
    assert found["processor"]
    assert {"python", "platform", "numpy", "POT", "torch-lipschitz", "lightning-fabric"} <= found.keys()
    assert json.loads(json.dumps(found)) == found


def test_what_is_missing_is_said():
    assert module._version("no-such-distribution") == "not installed"
