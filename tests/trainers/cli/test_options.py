"""Options that several commands share."""

from lipschitz_trainers.cli.options import changes


def test_devices_are_one_more_change():
    assert changes(None, None) == []
    assert changes(["steps=2"], None) == ["steps=2"]
    assert changes(["steps=2"], 3) == ["steps=2", "devices=3"]
