"""Parts of a run that are well-formed, each for itself, but do not fit each other or this machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from lipschitz import ConfigError
from lipschitz_trainers.config.faults import Fault
from lipschitz_trainers.config.generators import OtherSide, SecondDataset
from lipschitz_trainers.config.labels import label_faults
from lipschitz_trainers.config.pairing import opposite
from lipschitz_trainers.config.parts import Parts
from lipschitz_trainers.data.base import Dataset
from lipschitz_trainers.extractors.base import Extractor


def misfits(parts: Parts) -> list[Fault]:
    """Return what does not fit together, as far as it shows before anything is opened.

    Example:
        >>> from lipschitz_trainers import data, metrics
        >>> parts = Parts(dataset=data.SwissRoll(), metrics={0: metrics.InceptionScore()})
        >>> [fault.location for fault in misfits(parts)]
        [('evaluation', 'metrics', 0)]
    """
    return [*_other_side(parts), *label_faults(parts), *_samples(parts), *_metrics(parts)]


def absences(parts: Parts) -> list[Fault]:
    """Return which files and packages a run needs and this machine has not; cheap, nothing is opened.

    Example:
        >>> from lipschitz_trainers import data
        >>> [fault.location for fault in absences(Parts(dataset=data.Text(path="/nowhere.txt")))]
        [('dataset',)]
    """
    faults: list[Fault] = []
    if parts.dataset is not None:
        faults += [Fault(("dataset",), message) for message in parts.dataset.absent()]
    if isinstance(parts.fixed, SecondDataset):
        faults += [
            Fault(("generator", "fixed", "dataset"), message) for message in parts.fixed.dataset.absent()
        ]
    known: set[Extractor] = set()  # several metrics look at images by the same one
    for place, metric in parts.metrics.items():
        for field in fields(metric):
            value = getattr(metric, field.name)
            if isinstance(value, Extractor) and value not in known:
                known.add(value)
                where = ("evaluation", "metrics", place, field.name)
                faults += [Fault(where, message) for message in value.absent()]
    return faults


def _other_side(parts: Parts) -> Iterator[Fault]:
    if parts.dataset is not None and isinstance(parts.fixed, OtherSide):
        try:
            opposite(parts.dataset)
        except ConfigError as error:
            yield Fault(("generator", "fixed"), str(error))


def _samples(parts: Parts) -> Iterator[Fault]:
    data = parts.dataset
    available = None if data is None else held_out_count(data)
    if data is not None and available is not None and parts.samples is not None and parts.samples > available:
        yield Fault(
            ("evaluation", "samples"),
            f"asks for {parts.samples} held-out samples, and the dataset {data.name!r} holds out {available} "
            f"(dataset.held_out); ask for at most as many, or hold out more",
        )


def held_out_count(dataset: Dataset) -> int | None:
    """Return how many samples a dataset will hold out, as far as its fields say; None where the opened data tell.

    By convention that is the field `held_out`, unless another one, such as `held_out_images`, names what to hold out.

    Example:
        >>> from lipschitz_trainers import data
        >>> held_out_count(data.Lsun(held_out=300)), held_out_count(data.Digits())
        (300, None)
        >>> held_out_count(data.ImageFolder(images="a.zip", held_out_images="b.zip")) is None
        True
    """
    given = {field.name: getattr(dataset, field.name) for field in fields(dataset)}
    others = [value for name, value in given.items() if name.startswith("held_out_") and value is not None]
    number = given.get("held_out")
    return number if isinstance(number, int) and not isinstance(number, bool) and not others else None


def _metrics(parts: Parts) -> Iterator[Fault]:
    data = parts.dataset
    for place, metric in parts.metrics.items():
        where = ("evaluation", "metrics", place)
        if data is not None and data.kind and metric.kinds is not None and data.kind not in metric.kinds:
            yield Fault(
                where,
                f"the metric {metric.name!r} measures {' and '.join(metric.kinds)}, and the dataset {data.name!r} "
                f"holds {data.kind}; leave it out",
            )
        objection = (
            None if parts.samples is None else metric.objection(parts.samples, trained=parts.fixed is None)
        )
        if objection is not None:
            yield Fault(where, f"the metric {metric.name!r} {objection}")
