"""No claim of any experiment holds while runs that it draws on are missing.

Which runs a claim draws on is found out, not told: it is given up where their numbers are absurd or not there.
"""

import functools
import importlib.util
import inspect
import math
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from lipschitz_trainers.analyses import artifacts, history, surface_maxima
from lipschitz_trainers.analyses.experiments import analysis_names, checker
from lipschitz_trainers.analyses.study import Study, study_of

LABELLED = {"classifier_score": 7.0, "density": 0.5, "density_coverage": 0.6}
LABELLED |= {"classifier_score_floor": 9.0, "density_floor": 1.0, "density_coverage_floor": 0.96}


def best_settings(values):
    """Return the scores of all settings of the two rows of which a claim is about all, of others under the best."""
    return {
        name: v
        for name, v in values.items()
        if name.endswith("C") or name[:-2] in ("wgan_gp", "spectral_norm")
    }


def with_surfaces(tmp_path_factory, tests):
    """Return the claims of runs with surfaces, from fixtures of another module."""
    return inspect.unwrap(tests.found)(inspect.unwrap(tests.folder)(tmp_path_factory))()


def in_known_pairs(known_pairs, cosines):
    return known_pairs(cosines)


STUDIES = {
    "appc_one_vs_two_sided": lambda tests: tests.study(4, 1),
    "appd_smooth_activations": lambda tests: tests.found,
    "batch_norm_in_critic": lambda tests: tests.found,
    "dirac_gan": lambda tests: partial(tests.study, paths=tests.PATHS),
    "fig1a_value_surfaces": lambda tests: partial(with_surfaces, tests=tests),
    "fig1b_gradient_norms": lambda tests: tests.made,
    "fig2_architectures": lambda tests: tests.study,
    "fig3_cifar10_convergence": lambda tests: tests.study,
    "fig4_lsun_resnet": lambda tests: partial(tests.study, distances=[0.3, 0.1], **LABELLED),
    "fig5_overfitting": lambda tests: tests.study,
    "loss_sensitive_and_energy_gans": lambda tests: tests.found,
    "optimal_coupling": lambda tests: tests.found,
    "other_weight_constraints": lambda tests: partial(with_surfaces, tests=tests),
    "penalty_on_standard_gan": lambda tests: tests.study,
    "sngan_table2": lambda tests: partial(tests.study, found=best_settings(tests.values())),
    "table2_random_architectures": lambda tests: tests.study([(2.0, 5.0), (7.5, 8.5), (1.0, 1.5)]),
    "table3_cifar10_resnet": lambda tests: tests.study,
    "table4_language_model": lambda tests: tests.study,
    "toy_gan": lambda tests: tests.found,
    "w1_benchmark": lambda tests: partial(in_known_pairs, cosines={"d16_n64": tests.GOOD}),
    "w1_networks": lambda tests: partial(
        in_known_pairs, cosines={"d32_n256": tests.GOOD, "wavy_d16": tests.SMOOTH}
    ),
    "wgan_discriminator_vs_critic": lambda tests: tests.study,
    "wgan_loss_correlates": lambda tests: tests.study,
    "wgan_optimizers": lambda tests: tests.study,
    "wgan_parallel_lines": lambda tests: tests.study,
}
"""Runs that fulfil the claims, as the experiments' own tests make them up."""

AS_THEY_RAN = {
    "sngan_table2": {"spectral_norm_cheaper_than_the_penalty"},
    "w1_benchmark": {"above_the_floor"},
    "w1_networks": {"above_the_floor", "within_ten_minutes"},
}
"""Claims on those settings or recipes that were to run: leaving one out makes them other claims."""

SEEDS = (0, 1)

DIVERGED = "training diverged: critic_loss became nan at generator iteration 7 (...)"

CONFIRMED_BY_DIVERGENCE = {
    "appd_smooth_activations": {"elu_does_not_train"},
    "fig2_architectures": {"cells_as_in_the_figure", "fails_somewhere_weight_clipping"},
    # Divergence is one of the pathologies of constraints on weights, and of none: slopes without end.
    "other_weight_constraints": {
        *(f"l{p}_weight_decay_{end}" for p in (1, 2) for end in ("has_no_effect", "1_flattens")),
        *(
            f"{kind}_under_{name}"
            for kind in ("slopes", "gradients")
            for name in (
                "weight_clipping",
                "l2_norm_clipping",
                "weight_normalization",
                "l1_weight_decay",
                "l2_weight_decay",
            )
        ),
    },
    # A generator that diverged did not succeed, so that it is counted.
    "table2_random_architectures": {
        "more_successes_with_the_penalty",
        "never_fewer_with_the_penalty",
        "rarely_the_standard_gan_only",
        *(f"threshold_{threshold:.1f}" for threshold in (1.0, 3.0, 5.0, 7.0)),
    },
}
"""Claims that hold of training that diverges, or of what is left of it."""

UNSHAKEN = {
    "fig2_architectures": {"fails_somewhere_dcgan", "fails_somewhere_least_squares"},
    "wgan_optimizers": {"cosine_is_negative_only_then"},
    "w1_networks": {"any_network_above_published"},
}
"""Claims that no single variant can refute here: there are others of which they hold."""


def made_up(name, request):
    """Return a study that fulfils an experiment's claims, with at least two seeds: of one, copies."""
    path = Path(__file__).parent / f"test_{name}.py"
    spec = importlib.util.spec_from_file_location(f"builders_of_{name}", path)
    tests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tests)
    caught = []
    tests.claims = lambda study: caught.append(study) or []
    made = STUDIES[name](tests)
    if callable(made):
        wanted = inspect.signature(made).parameters
        fixtures = {
            "folder": "tmp_path",
            "known_pairs": "known_pairs",
            "tmp_path_factory": "tmp_path_factory",
        }
        given = {key: request.getfixturevalue(fixture) for key, fixture in fixtures.items() if key in wanted}
        made = made(**given)
    given = made if isinstance(made, Study) else caught[0]
    if len({run.seed for run in given.results.runs}) > 1:
        return given
    runs = tuple(replace(run, seed=seed) for run in given.results.runs for seed in SEEDS)
    configs = {(variant, seed): config for (variant, _), config in given.configs.items() for seed in SEEDS}
    return with_runs(given, runs, configs)


def with_runs(study, runs, configs=None):
    results = replace(study.results, runs=tuple(runs))
    configs = study.configs if configs is None else configs
    if study.groups:
        return study_of(results, configs, study.folder)
    return replace(study, results=results, configs=configs)


def changed(study, keys, change):
    """Return a study some of whose runs are others, or not there."""
    runs = (change(run) if run.key in keys else run for run in study.results.runs)
    return with_runs(study, (run for run in runs if run is not None))


def all_at(value):
    """Return a change of runs: every metric is about this, the time too, and no file is where it was."""

    def change(run):
        metrics = {key: value * (1 + i / 1000) for i, key in enumerate(run.metrics)}
        return replace(run, metrics=metrics, wall_seconds=value, directory="nowhere")

    return change


DAMAGES = [all_at(value) for value in (math.nan, 1e9, -1e9)]


def fails(run):
    return replace(run, status="failed", metrics={}, error="DataError: no space left")


def diverges(run):
    return replace(run, status="failed", metrics={}, error=DIVERGED)


def lost(run):
    """Leave a run out."""
    return


def holding(name, study):
    return {claim.id for claim in checker(name)(study) if claim.holds}


def cases(study):
    """Return the runs to take away together: one of every variant, and all of it."""
    found = {}
    for run in study.results.runs:
        found.setdefault(run.variant, []).append(run.key)
    return [set(keys) for all_keys in found.values() for keys in (all_keys[-1:], all_keys)]


def reading_once(monkeypatch):
    """Keep what is read of files that do not change meanwhile: every checker is called many times."""
    readers = (artifacts.read_samples, artifacts.read_profile, artifacts.read_weights, artifacts.read_surface)
    kept = {read: functools.cache(read) for read in (*readers, history.read_history)}
    found = {}  # by the surface that was read, which stays as long as the cache

    def maxima(surface, *args):
        key = (id(surface), *args)
        if key not in found:
            found[key] = surface_maxima.maxima(surface, *args)
        return found[key]

    kept[surface_maxima.maxima] = maxima
    modules = [
        module for name, module in sys.modules.items() if name.startswith("lipschitz_trainers.analyses.")
    ]
    for function, other in kept.items():
        for module in modules:
            if module is not surface_maxima and getattr(module, function.__name__, None) is function:
                monkeypatch.setattr(module, function.__name__, other)


def test_every_experiment_takes_part():
    assert {*STUDIES, "comparison"} == set(analysis_names())


@pytest.mark.parametrize("name", STUDIES)
def test_no_claim_holds_without_all_the_runs_that_it_draws_on(name, request, monkeypatch):
    study = made_up(name, request)
    before = holding(name, study)  # the checker is imported from here on
    reading_once(monkeypatch)
    # Where nothing is measured but what logs and files hold, these are simply not there.
    damages = DAMAGES if any(run.metrics for run in study.results.runs) else DAMAGES[:1]
    seen, wrong = set(), []
    for keys in cases(study):
        drawing = before - set.intersection(*(holding(name, changed(study, keys, one)) for one in damages))
        seen |= drawing
        # A seed that no run of a claim has was not planned for it.
        for fate in (fails, diverges) if len(keys) == 1 else (lost,):
            others = {diverges: CONFIRMED_BY_DIVERGENCE, lost: AS_THEY_RAN}.get(fate, {}).get(name, set())
            kept = (drawing - others) & holding(name, changed(study, keys, fate))
            wrong += [(id_, fate.__name__, sorted(keys)) for id_ in sorted(kept)]
    assert not wrong
    assert before
    assert before - seen <= UNSHAKEN.get(name, set())


@pytest.mark.parametrize(
    ("name", "variant", "id_"),
    [
        ("appd_smooth_activations", "digits-relu", "relu_trains"),
        ("batch_norm_in_critic", "trained-layer", "generators_with_layer"),
        ("batch_norm_in_critic", "fixed-none", "slope_1_with_none"),
        ("fig1b_gradient_norms", "two_sided_gradient_penalty", "steady_under_the_penalty"),
        ("fig2_architectures", "mlp-two_sided_gradient_penalty", "penalty_trains_every_architecture"),
        ("fig3_cifar10_convergence", "gradient_penalty_adam", "comparable_with_the_dcgan"),
        ("fig4_lsun_resnet", "two_sided_gradient_penalty", "deep_residual_networks_train"),
        ("table3_cifar10_resnet", "ac_gan", "trains_ac_gan"),
        ("table4_language_model", "two_sided_gradient_penalty", "falls_under_two_sided_gradient_penalty"),
        ("toy_gan", "swiss_roll-two_sided_0.1", "w1_to_the_data"),
    ],
)
def test_what_is_said_to_train_and_diverged_is_refuted(name, variant, id_, request):
    study = made_up(name, request)
    one_seed = changed(study, {(variant, 1)}, diverges)
    (claim,) = (claim for claim in checker(name)(one_seed) if claim.id == id_)
    assert claim.verdict == "no"
    assert "diverged" in claim.measured
