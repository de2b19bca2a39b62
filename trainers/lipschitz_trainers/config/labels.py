"""Labels: who hands them out, who learns from them, and who has to be told how many classes there are."""

from __future__ import annotations

from collections.abc import Iterator

from lipschitz import ConfigError
from lipschitz_trainers.config.faults import Fault
from lipschitz_trainers.config.parts import Parts
from lipschitz_trainers.data.base import Dataset
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.objectives.base import Objective
from lipschitz_trainers.objectives.wasserstein_ac_gan import WassersteinACGAN

HANDED_OUT, CLASSES = "conditional", "classes"
"""The fields by which a dataset hands out labels, and by which a network learns of them."""


def label_faults(parts: Parts) -> list[Fault]:
    """Return what data, networks and objective ask of each other's labels in vain.

    Only of what comes with this package is it known that it says everything by the fields `conditional` and `classes`;
    a plugin's dataset, network or objective without them is not refused.

    Example:
        >>> from lipschitz_trainers import data, objectives
        >>> parts = Parts(dataset=data.SwissRoll(), objective=objectives.WassersteinACGAN())
        >>> [fault.location for fault in label_faults(parts)]
        [('objective',)]
    """
    learning = parts.objective if isinstance(parts.objective, WassersteinACGAN) else None
    labelled = None if parts.dataset is None else _hands_out(parts.dataset)
    return [
        *_of_objective(parts.dataset, labelled, learning),
        *_of_critic(parts.critic, labelled, parts.objective, learning),
        *_of_generator(parts.generator, labelled, learning),
    ]


def require_classes(parts: Parts, classes: int | None) -> None:
    """Refuse networks that are built for another number of classes than the opened data have.

    Args:
        parts: of a run.
        classes: of the data; None where they do not say.

    Raises:
        ConfigError: they differ; one line for each network.

    Example:
        >>> from lipschitz_trainers import networks
        >>> require_classes(Parts(critic=networks.CifarResNetCritic(classes=5)), 10)
        Traceback (most recent call last):
        ...
        lipschitz.errors.ConfigError: critic.network.classes: expected 10, the number of classes of the data, got 5;
        set it to 10.
    """
    players = {"generator": parts.generator, "critic": parts.critic}
    data = "the data" if parts.dataset is None else f"the dataset {parts.dataset.name!r}"
    wrong = {
        player: number
        for player, network in players.items()
        if isinstance(number := getattr(network, CLASSES, None), int) and classes not in (None, number)
    }
    if wrong:
        raise ConfigError(
            "\n".join(
                f"{player}.network.{CLASSES}: expected {classes}, the number of classes of {data}, got {number}; set "
                f"it to {classes}."
                for player, number in wrong.items()
            )
        )


def _of_objective(
    dataset: Dataset | None, labelled: bool | None, learning: Objective | None
) -> Iterator[Fault]:
    if learning is not None and dataset is not None and labelled is False:
        remedy = "set its conditional: true" if hasattr(dataset, HANDED_OUT) else "take data with labels"
        yield Fault(
            ("objective",),
            f"{learning.name!r} learns from labels, and the dataset {dataset.name!r} hands out none; {remedy}, or take "
            f"the objective 'wasserstein'",
        )


def _of_critic(
    critic: Network | None, labelled: bool | None, objective: Objective | None, learning: Objective | None
) -> Iterator[Fault]:
    where = ("critic", "network")
    if critic is None:
        return
    if _takes_no_labels(critic):
        yield from _useless(where, critic, labelled, learning)
    elif learning is not None and getattr(critic, CLASSES, ...) is None:
        yield Fault(
            where,
            f"{learning.name!r} needs class scores, and {critic.name!r} has none without 'classes'; set it to the "
            f"number of classes of the data",
        )
    elif (
        learning is None and objective is not None and _is_ours(objective) and getattr(critic, CLASSES, None)
    ):
        yield Fault(
            (*where, CLASSES),
            f"gives the critic class scores, which the objective {objective.name!r} does not train; leave it out, or "
            f"take the objective 'wasserstein_ac_gan'",
        )


def _of_generator(
    generator: Network | None, labelled: bool | None, learning: Objective | None
) -> Iterator[Fault]:
    where = ("generator", "network")
    if generator is None:
        return
    if _takes_no_labels(generator):
        yield from _useless(where, generator, labelled, learning)
        return
    classes = getattr(generator, CLASSES, ...)
    if classes is None and (labelled or learning is not None):
        yield Fault(
            where,
            f"{generator.name!r} is told labels, and needs 'classes' for that; set it to the number of classes of the "
            f"data",
        )
    elif isinstance(classes, int) and labelled is False and learning is None:
        yield Fault(
            (*where, CLASSES),
            "makes the generator ask for labels, and the dataset hands out none; set the dataset's conditional: true, "
            "or leave 'classes' out",
        )


def _useless(
    where: tuple[str, str], network: Network, labelled: bool | None, learning: Objective | None
) -> Iterator[Fault]:
    """Refuse a network that can do nothing with labels, where there are or have to be some."""
    if labelled or learning is not None:
        why = (
            "the dataset hands them to every network" if learning is None else f"{learning.name!r} needs them"
        )
        remedy = "" if learning is not None else ", or set the dataset's conditional: false"
        yield Fault(
            where,
            f"{network.name!r} takes no labels, and {why}; take one with the field 'classes', such as "
            f"'cifar_resnet_{where[0]}'{remedy}",
        )


def _hands_out(dataset: Dataset) -> bool | None:
    """Return whether samples carry labels; None where only the opened data tell."""
    return getattr(dataset, HANDED_OUT, False if _is_ours(dataset) else None)


def _takes_no_labels(network: Network) -> bool:
    return _is_ours(network) and not hasattr(network, CLASSES)


def _is_ours(part: object) -> bool:
    return type(part).__module__.partition(".")[0] == __name__.partition(".")[0]
