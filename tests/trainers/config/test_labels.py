"""Data, networks and objectives that ask for each other's labels in vain; and what they say where runs would fail."""

from dataclasses import dataclass

import pytest

from lipschitz import ConfigError, LipschitzError
from lipschitz_trainers import data, networks, objectives
from lipschitz_trainers.config import parse_run
from lipschitz_trainers.config.labels import label_faults, require_classes
from lipschitz_trainers.config.parts import Parts
from lipschitz_trainers.running.build import build_trainer

AC_GAN, WASSERSTEIN = objectives.WassersteinACGAN(), objectives.Wasserstein()
LABELLED, UNLABELLED = data.Digits(size=16, conditional=True), data.Digits(size=16)
MLP = networks.MLP()


def critic(classes=None):
    return networks.CifarResNetCritic(width=4, classes=classes)


def generator(classes=None):
    return networks.CifarResNetGenerator(width=4, classes=classes)


def faults(dataset, objective, critic, generator):
    found = label_faults(Parts(dataset=dataset, objective=objective, critic=critic, generator=generator))
    return {fault.location: fault.message for fault in found}


CASES = {
    "all that an AC-GAN needs": (LABELLED, AC_GAN, critic(10), generator(10), []),
    "no labels and no classes": (UNLABELLED, WASSERSTEIN, critic(), generator(), []),
    "labels that only the generator learns of": (LABELLED, WASSERSTEIN, critic(), generator(10), []),
    "networks that know of no labels": (UNLABELLED, WASSERSTEIN, MLP, MLP, []),
    "no labels": (UNLABELLED, AC_GAN, critic(10), generator(10), ["objective"]),
    "a critic without class scores": (LABELLED, AC_GAN, critic(), generator(10), ["critic.network"]),
    "a generator that is not told": (LABELLED, AC_GAN, critic(10), generator(), ["generator.network"]),
    "networks that cannot be told": (LABELLED, AC_GAN, MLP, MLP, ["critic.network", "generator.network"]),
    "class scores nobody trains": (
        UNLABELLED,
        WASSERSTEIN,
        critic(10),
        generator(),
        ["critic.network.classes"],
    ),
    "a generator that waits for labels": (
        UNLABELLED,
        WASSERSTEIN,
        critic(),
        generator(10),
        ["generator.network.classes"],
    ),
    "labels for a generator without classes": (
        LABELLED,
        WASSERSTEIN,
        critic(),
        generator(),
        ["generator.network"],
    ),
    "labels for those who take none": (
        LABELLED,
        WASSERSTEIN,
        MLP,
        MLP,
        ["critic.network", "generator.network"],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_where_the_fault_lies(case):
    *parts, expected = case
    assert [".".join(location) for location in faults(*parts)] == expected


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_refused_could_not_be_trained_and_the_rest_can(case, monkeypatch):
    """Class scores that nobody trains do no harm but mislead, so that they are no case."""
    expected = case[-1]
    monkeypatch.setattr("lipschitz_trainers.config.schema.misfits", lambda parts: [])
    if expected and expected != ["critic.network.classes"]:
        with pytest.raises((LipschitzError, TypeError)):
            build(*case[:-1]).fit(1)
    else:
        build(*case[:-1]).fit(1)


def build(dataset, objective, its_critic, its_generator):
    return build_trainer(
        parse_run(
            {
                "dataset": dataset,
                "objective": objective,
                "generator": {"network": its_generator, "latent": 2, "optimizer": "adam"},
                "critic": {"network": its_critic, "optimizer": "adam", "steps": 1},
                "constraint": "none",
                "batch_size": 4,
                "device": "cpu",
                "evaluation": {"samples": 4, "metrics": []},
            }
        ),
        None,
    )


@pytest.mark.parametrize("wrong", [5, 20])
def test_another_number_of_classes_than_the_data_have_is_found_before_training(wrong):
    with pytest.raises(ConfigError) as caught:
        build(LABELLED, AC_GAN, critic(wrong), generator(wrong))
    assert str(caught.value).splitlines() == [
        f"{player}.network.classes: expected 10, the number of classes of the dataset 'digits', got {wrong}; "
        f"set it to 10."
        for player in ("generator", "critic")
    ]
    with pytest.raises(ConfigError, match=f"^critic.network.classes: expected 10, .* got {wrong}; .*$"):
        build(LABELLED, AC_GAN, critic(wrong), generator(10))
    with pytest.raises(ConfigError, match=f"^generator.network.classes: expected 10, .* got {wrong}; .*$"):
        build(LABELLED, WASSERSTEIN, critic(), generator(wrong))


def test_data_that_do_not_say_how_many_classes_they_have_take_any():
    parts = Parts(dataset=TheirData(), critic=critic(3), generator=generator(4))
    require_classes(parts, None)
    with pytest.raises(ConfigError, match=r"of the dataset 'theirs', got 4; set it to 3"):
        require_classes(parts, 3)
    require_classes(Parts(critic=TheirNetwork(), generator=MLP), 3)


def test_every_message_says_what_to_do():
    said = faults(data.SwissRoll(), AC_GAN, MLP, critic())
    assert said["objective",] == (
        "'wasserstein_ac_gan' learns from labels, and the dataset 'swiss_roll' hands out none; take data with labels, "
        "or take the objective 'wasserstein'"
    )
    assert "such as 'cifar_resnet_critic'" in said["critic", "network"]
    assert "set its conditional: true" in faults(UNLABELLED, AC_GAN, None, None)["objective",]


@dataclass(frozen=True, kw_only=True)
class TheirData(data.Dataset):
    name = "theirs"


@dataclass(frozen=True, kw_only=True)
class TheirObjective(objectives.Objective):
    name = "theirs"


@dataclass(frozen=True, kw_only=True)
class TheirNetwork(networks.Network):
    name = "theirs"


def test_of_a_plugin_nothing_is_taken_for_granted():
    assert faults(TheirData(), AC_GAN, TheirNetwork(), TheirNetwork()) == {}
    assert faults(LABELLED, TheirObjective(), critic(10), TheirNetwork()) == {}
    assert faults(None, None, None, None) == {}
