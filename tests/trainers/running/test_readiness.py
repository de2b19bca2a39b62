"""What is not on this machine is said once, before anything begins."""

import pytest

from lipschitz import DataError
from lipschitz_trainers.running.readiness import require_present


def test_what_several_runs_miss_is_said_once(make_config, tmp_path):
    gone = str(tmp_path / "gone.zip")
    generator = {"fixed": {"name": "second_dataset", "dataset": {"name": "text", "path": gone}}}
    dataset = {"name": "image_folder", "images": gone}
    configs = [make_config(dataset=dataset, evaluation={"metrics": []}, seed=seed) for seed in (0, 1)]
    configs.append(make_config(generator=generator))
    with pytest.raises(DataError) as caught:
        require_present(configs)
    images, text = str(caught.value).splitlines()
    assert images.startswith(f"{gone}: expected a folder or a zip file of images, got no such file")
    assert text.startswith(f"{gone}: expected a text file or a folder of them, got no such file")


def test_nothing_is_missed_of_runs_that_have_all(make_config):
    require_present([make_config()])
