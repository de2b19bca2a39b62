"""No score of images without the network and the number of images that made it, and no borrowed names."""

import math

import pytest

from lipschitz_trainers.analyses.image_scores import IMAGE_SCORES, extractor_title, score_titles
from lipschitz_trainers.analyses.quantities import main_metric
from lipschitz_trainers.analyses.ranking import rank
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import study_of
from lipschitz_trainers.config.experiment import load_experiment
from lipschitz_trainers.metrics import ImageScore
from lipschitz_trainers.registry import registered
from lipschitz_trainers.reports.table import columns

PAPER = {
    "frechet_distance": ({}, "FID"),
    "inception_score": ({"splits": 10}, "Inception score"),
    "kernel_distance": ({"subsets": 100, "subset_size": 1000}, "KID"),
}


def test_every_image_score_is_titled():
    metrics = {name for name, cls in registered("metric").items() if issubclass(cls, ImageScore)}
    assert metrics <= {score.metric for score in IMAGE_SCORES.values()}


@pytest.mark.parametrize("key", PAPER)
def test_only_the_protocol_of_papers_has_the_names_of_papers(key):
    settings, name = PAPER[key]
    score = IMAGE_SCORES[key]
    inception = {"name": key, "extractor": {"name": "inception", "weights": "/a/path"}, **settings}
    assert score.title(inception, 50_000) == f"{name} (Inception-v3, 50,000 images)"
    others = [
        (inception, 10_000),
        (inception | {"extractor": {"name": "efficientnet_lite0"}}, 50_000),
        (inception | {"extractor": {"name": "classifier"}}, 50_000),
        *((inception | {setting: 7}, 50_000) for setting in settings),
        ({}, 50_000),
        ({}, 0),
    ]
    for block, samples in others:
        title = score.title(block, samples)
        assert not title.startswith(name)
        assert f"not {'the ' if ' ' in name else ''}{name})" in title


def test_the_images_that_are_scored_count_and_not_those_of_the_evaluation():
    score = IMAGE_SCORES["inception_score"]
    block = {"extractor": {"name": "inception"}, "splits": 10, "images": 50_000}
    assert score.title(block, 10_000) == "Inception score (Inception-v3, 50,000 images; 10,000 real ones)"
    assert score.title(block, 50_000) == "Inception score (Inception-v3, 50,000 images)"
    assert score.title(block, 0) == "Inception score (Inception-v3, 50,000 images)"
    assert score.title(block | {"images": None}, 50_000) == "Inception score (Inception-v3, 50,000 images)"
    assert score.title(block | {"images": 5000}, 50_000) == (
        "score by the Inception formula (Inception-v3, 5,000 images; not the Inception score; 50,000 real ones)"
    )


@pytest.mark.parametrize(
    ("name", "as_in_papers"),
    [
        ("table2_random_architectures", True),
        ("table3_cifar10_resnet", True),
        ("fig3_cifar10_convergence", False),  # 1,000 images, those of the authors' script
        ("sngan_table2", None),
    ],
)
def test_paper_profiles_have_the_names_of_papers_where_they_score_as_papers_do(name, as_in_papers):
    resolved = load_experiment(name).resolve("paper")
    title = score_titles(run.plain for run in resolved)["inception_score"]
    for run in resolved:
        (metric,) = [metric for metric in run.config.evaluation.metrics if metric.name == "inception_score"]
        images = metric.images or run.config.evaluation.samples
        assert metric.extractor.name == "inception"
        assert as_in_papers in (None, images == 50_000 and metric.splits == 10)
        assert title.startswith("Inception score (") == (images == 50_000 and metric.splits == 10)
        assert f"{images:,} images" in title


def test_the_small_classifier_has_a_title_too_also_where_metrics_are_chosen_by_default():
    title = "classifier score (small classifier of these data, 500 images; not the Inception score)"
    for metrics in ([{"name": "classifier_score", "train_size": 5000}], None):
        assert score_titles([{"evaluation": {"samples": 500, "metrics": metrics}}]) == {
            "classifier_score": title
        }
    by_default = {name for name, cls in registered("metric").items() if cls.by_default}
    assert by_default & {score.metric for score in IMAGE_SCORES.values()} == {"classifier_score"}
    differ = [
        {"evaluation": {"samples": 500, "metrics": [{"name": "classifier_score", "train_size": n}]}}
        for n in (100, 5000)
    ]
    assert score_titles(differ) == {"classifier_score": None}


def test_extractors_are_named_with_what_is_unusual():
    assert extractor_title("classifier") == "classifier of these data"
    assert extractor_title({"name": "classifier", "seen": 100_000}) == "classifier of these data"
    assert extractor_title({"name": "classifier", "seen": 5}) == "classifier of these data, seen 5"
    assert extractor_title({"name": "of_a_plugin_that_is_gone", "depth": 3}) == "of_a_plugin_that_is_gone"
    assert extractor_title(None) == "unknown network"


def config(samples=1000, metrics=({"name": "frechet_distance", "extractor": {"name": "classifier"}},)):
    return {"dataset": {"name": "d"}, "evaluation": {"samples": samples, "metrics": list(metrics)}}


def test_runs_judged_alike_share_a_title_and_others_have_none():
    (title,) = score_titles([config(), config()]).values()
    assert title == "Fréchet distance (classifier of these data, 1,000 images; not FID)"
    other = {"name": "frechet_distance", "extractor": {"name": "efficientnet_lite0"}}
    for different in (config(500), config(metrics=[other])):
        assert score_titles([config(), different]) == {"frechet_distance": None}
    one, two = (
        {"name": "precision_recall", "extractor": {"name": "classifier"}, "neighbours": k} for k in (3, 5)
    )
    assert score_titles([config(metrics=[one])]).keys() == {"precision", "recall"}
    assert score_titles([config(metrics=[one]), config(metrics=[two])]) == {"precision": None, "recall": None}
    assert score_titles([{}, {"evaluation": None}, {"evaluation": {"metrics": []}}]) == {}


def ranking_of(configs):
    metrics = {
        "frechet_distance": 30.0,
        "frechet_distance_floor": 2.0,
        "frechet_distance_samples": 1000.0,
        "precision": 0.5,
        "precision_floor": 0.9,
        "sliced_w1": 0.3,
    }
    runs = tuple(
        RunResult(name, 0, name, "done", metrics | {"frechet_distance": 30.0 + i})
        for i, name in enumerate("ab")
    )
    found = {(name, 0): config for name, config in zip("ab", configs, strict=True)}
    return rank(study_of(Results("e", "quick", runs=runs), found).groups[0])


def test_tables_are_headed_by_what_made_a_score_and_show_what_real_images_get():
    precision = {"name": "precision_recall", "extractor": {"name": "classifier"}}
    ranking = ranking_of([config(metrics=[*config()["evaluation"]["metrics"], precision])] * 2)
    assert ranking.main is not None
    cells = {column.title: column.text(ranking.rows[0]) for column in columns(ranking)}
    assert cells["Fréchet distance (classifier of these data, 1,000 images; not FID) ↓"] == "30.0"
    assert cells["real vs real"] == "2.00"
    assert cells["precision (classifier of these data, 1,000 images)"] == "0.500 (0.900)"


def test_runs_that_were_judged_differently_are_not_ranked_by_it_nor_put_side_by_side():
    ranking = ranking_of([config(), config(500)])
    assert ranking.main is not None
    assert ranking.main.key == "sliced_w1"
    assert not any("Fréchet" in column.title for column in columns(ranking))


def test_without_configurations_the_network_is_unknown():
    ranking = ranking_of([{"dataset": {"name": "d"}}] * 2)
    assert ranking.main is not None
    assert ranking.main.title == "Fréchet distance (unknown network, unknown number of images; not FID)"


def test_a_score_that_is_not_finite_does_not_rank():
    run = RunResult("a", 0, "a", "done", {"frechet_distance": math.nan, "inception_score": 3.0})
    metric = {"name": "inception_score", "splits": 10, "extractor": {"name": "inception"}}
    study = study_of(Results("e", "paper", runs=(run,)), {("a", 0): config(50_000, [metric])})
    main = main_metric(study.groups[0])
    assert main is not None
    assert main.title == "Inception score (Inception-v3, 50,000 images)"
    assert main.better == "higher"
