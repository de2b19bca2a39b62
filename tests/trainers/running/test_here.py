"""What a run cannot be judged by shows before it is trained."""

import pytest
from PIL import Image

from lipschitz_trainers.running.run import run

FOLDED = {"name": "conv_generator", "width": 4}


@pytest.fixture
def failed(make_config, tmp_path):
    """Return a function from changes to a run to why it fails; nothing is trained."""

    def fail(**changes):
        changes.setdefault("critic", {"network": {"name": "conv_critic", "width": 4}, "optimizer": "adam"})
        changes.setdefault("generator", {"network": FOLDED, "optimizer": "adam"})
        result = run(make_config(**changes), tmp_path / "run")
        assert result["status"] == "failed"
        records = tmp_path / "run" / "metrics.jsonl"
        assert not records.exists() or not records.read_text()
        return result["error"]

    return fail


def test_more_samples_than_digits_are_held_out(failed):
    error = failed(dataset="digits", evaluation={"samples": 501, "metrics": ["sliced_w1"]})
    assert error.startswith("the dataset 'digits': the 501 held-out samples")
    assert "(evaluation.samples)" in error
    assert "this data has 500; evaluate on fewer samples" in error


def test_a_folder_of_images_without_classes(failed, tmp_path):
    folder = tmp_path / "photographs"
    folder.mkdir()
    for i in range(6):
        Image.new("RGB", (8, 8), (40 * i, 0, 0)).save(folder / f"{i}.png")
    error = failed(
        dataset={"name": "image_folder", "images": str(folder), "held_out": 3},
        evaluation={"samples": 3, "metrics": ["frechet_distance"]},
    )
    assert error.startswith(
        f"the dataset 'image_folder' (images: {folder}, held_out: 3): the metric 'frechet_distance'"
    )
    assert "expected labels for the extractor 'classifier'" in error
    assert "one subfolder a class" in error
