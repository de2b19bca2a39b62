"""Runs as tasks of a Dask cluster: one of this machine, or whichever answers at an address."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from lipschitz import ConfigError, MissingExtraError, TrainingError
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.running import dask_worker
from lipschitz_trainers.running.dask_address import require_protocol, unreachable
from lipschitz_trainers.running.dask_client import open_client
from lipschitz_trainers.running.dask_worker import WorkerReport
from lipschitz_trainers.running.gpus import VISIBLE, gpu_shares, may_use_gpu, resources, visible_gpus

LOCAL = "local"
"""In the place of an address: start a cluster on this machine."""

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_TO_CONNECT = 10
HOST = "127.0.0.1"

SETTINGS = {
    # A worker above its share of memory is ended, so that no other process of the machine is. Before that, nothing:
    # runs hold no data that Dask could move, and a paused worker would stay paused.
    **{f"distributed.worker.memory.{what}": False for what in ("target", "spill", "pause")},
    # A worker that died is replaced; on a busy machine that takes longer than the 15 seconds after which Dask would
    # give it up for good.
    "distributed.deploy.lost-worker-timeout": "1 day",
}
"""Of a cluster on this machine."""

SECONDS_WITHOUT_WORKER = 60.0


@contextlib.contextmanager
def connected(
    scheduler: str, configs: Sequence[RunConfig], workers: int, tell: Callable[[str], None]
) -> Iterator[Any]:
    """Connect to a Dask scheduler, or start a cluster on this machine, which ends with this process.

    Args:
        scheduler: an address, such as ``tcp://10.0.0.1:8786``, or ``local``; for encrypted ones (``tls://``) Dask's
            own configuration says where the certificates are.
        configs: of the runs to come.
        workers: of a cluster on this machine.
        tell: gets what a person may want to know.

    Yields:
        A ``distributed.Client``.

    Raises:
        MissingExtraError: Dask is not installed.
        ConfigError: nobody answers at that address, or it is none.
    """
    try:
        importlib.import_module("distributed")
    except ImportError as error:
        raise MissingExtraError(
            'a Dask scheduler needs the sweep extra: pip install "torch-lipschitz[sweep]".'
        ) from error
    if scheduler != LOCAL:
        require_protocol(scheduler)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet())
        target = stack.enter_context(local_cluster(configs, workers)) if scheduler == LOCAL else scheduler
        try:
            client = stack.enter_context(open_client(target, SECONDS_TO_CONNECT))
        except Exception as error:  # each protocol, and files of certificates, have types of their own
            raise unreachable(scheduler, error) from error
        if scheduler != LOCAL or has_dashboard():
            with contextlib.suppress(KeyError, TypeError):  # the scheduler has none
                tell(f"Dask dashboard: {client.dashboard_link}")
        yield client


@contextlib.contextmanager
def local_cluster(configs: Sequence[RunConfig], workers: int) -> Iterator[Any]:
    """Start a cluster on this machine: processes with one thread and an equal share of memory each.

    Raises:
        TrainingError: its processes do not start.
    """
    import dask.config
    from distributed import Nanny, Scheduler, SpecCluster
    from distributed.system import MEMORY_LIMIT

    shares = gpu_shares(configs, visible_gpus())
    count = min(workers, len(shares)) if shares else workers
    options: dict[str, Any] = {
        "host": HOST,
        "nthreads": 1,  # a run uses one thread of its own
        "memory_limit": MEMORY_LIMIT // count,
        "dashboard": False,
        "preload": [dask_worker.__name__],
        "silence_logs": logging.CRITICAL,
    }
    each = [
        {**options, "env": {VISIBLE: share}, "resources": {"GPU": float(share.count(",") + 1)}}
        for share in shares[:count]
    ] or [options] * count
    address = {"host": HOST, "port": 0, "dashboard": has_dashboard(), "dashboard_address": f"{HOST}:0"}
    with dask.config.set(SETTINGS):
        try:
            cluster = SpecCluster(
                workers={i: {"cls": Nanny, "options": own} for i, own in enumerate(each)},
                scheduler={"cls": Scheduler, "options": address},
            )
        except (OSError, RuntimeError) as error:
            raise TrainingError(
                f"cannot start a Dask cluster on this machine: {error.__cause__ or error}; use --workers without "
                f"--scheduler, which needs no Dask."
            ) from error
        with cluster:
            yield cluster


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Leave out Dask's own log, which tells every step of every worker; what matters, we say."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "distributed.gc")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def has_dashboard() -> bool:
    """Return whether what Dask's dashboard needs is installed here."""
    return importlib.util.find_spec("bokeh") is not None


class DaskExecutor(Executor):
    """Gives each run to a cluster, with the resources it needs."""

    def __init__(self, client: Any, *, announced: bool) -> None:
        """Use a client; `announced` says whether workers announce GPUs."""
        self._executor = client.get_executor(pure=False)
        self._announced = announced

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Submit ``fn(job)``."""
        (job,) = args
        key = f"{job.variant}-seed{job.seed}-{uuid.uuid4().hex}"
        asked = resources(job.config, announced=self._announced)
        return self._executor.submit(fn, job, key=key, resources=asked or None)


def executor_on(
    client: Any,
    configs: Sequence[RunConfig],
    visible: Path,
    requested: Callable[[], bool],
    tell: Callable[[str], None],
) -> DaskExecutor | None:
    """Wait for the first workers, check that they can do the runs, and return what gives them the runs.

    Args:
        client: from `connected`.
        configs: of the runs.
        visible: a file of the experiment's folder, which workers must see.
        requested: asked while waiting.
        tell: gets what a person may want to know.

    Returns:
        `None` when a stop was requested.

    Raises:
        ConfigError: the workers cannot do the runs.
    """
    told = False
    while not client.nthreads():
        if requested():
            return None
        if not told:
            told = True
            tell("The cluster has no worker yet; runs begin when one comes.")
        time.sleep(SECONDS_BETWEEN_LOOKS)
    reports = client.run(dask_worker.report, visible, on_error="return")
    check_workers(reports, configs, visible.parent, tell)
    return DaskExecutor(client, announced=any(report.gpus for report in reports.values()))


class LocalWorkers:
    """Notices when a cluster on this machine has lost all its processes, and none comes back."""

    def __init__(self, client: Any) -> None:
        """Watch the cluster of a client, if it has one of its own."""
        self._cluster = getattr(client, "cluster", None)
        self._seen = time.monotonic()

    def require(self) -> None:
        """Do nothing while there are some.

        Raises:
            TrainingError: there are none any more.
        """
        if self._cluster is None or any(worker.is_alive() for worker in list(self._cluster.workers.values())):
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > SECONDS_WITHOUT_WORKER:
            raise TrainingError(
                "the processes of the Dask cluster on this machine ended and did not come back; what is finished is "
                "kept. Continue with --resume, with fewer --workers if memory was short."
            )


def check_workers(
    reports: Mapping[str, WorkerReport | BaseException],
    configs: Sequence[RunConfig],
    folder: Path,
    tell: Callable[[str], None],
) -> None:
    """Refuse workers that cannot do the runs.

    Args:
        reports: what each says of itself, or why it could not.
        configs: of the runs.
        folder: of the experiment.
        tell: gets what a person may want to know.

    Raises:
        ConfigError: a worker has not this package, does not see the folder, or has no GPU of its own.
    """
    answers: dict[str, WorkerReport] = {}
    for address, answer in reports.items():
        if isinstance(answer, BaseException):
            raise ConfigError(
                f"the Dask worker {address} cannot be used ({type(answer).__name__}: {answer}); install the same "
                f"torch-lipschitz[train,sweep] where workers run."
            )
        answers[address] = answer
    for address, answer in answers.items():
        if not answer.sees:
            raise ConfigError(
                f"the Dask worker {address} on {answer.host} does not see {folder}; choose an --out that lies, under "
                f"the same path, in a folder all machines share."
            )
    most = max((answer.gpus for answer in answers.values()), default=0)
    for config in configs:
        if config.device == "cuda" and config.devices > most:
            raise ConfigError(
                f"a run asks for {config.devices} GPU(s), and the workers announce {most:g}; start them with "
                f'--resources "GPU={config.devices}", or choose --set device=cpu.'
            )
    if any(may_use_gpu(config) for config in configs):
        _require_own_gpus(answers)
    if any(answer.threads > 1 for answer in answers.values()):
        tell("Workers with several threads still do one run at a time; start them with --nthreads 1.")


def _require_own_gpus(answers: Mapping[str, WorkerReport]) -> None:
    """Refuse workers of one machine that would all take its first GPU."""
    firsts = Counter(
        (answer.host, (answer.visible or "0").split(",")[0]) for answer in answers.values() if answer.gpus
    )
    for (host, first), count in firsts.items():
        if count > 1:
            raise ConfigError(
                f"{count} Dask workers on {host} announce a GPU, and all would take GPU {first}; start each with its "
                f"own, such as {VISIBLE}=1 dask worker ADDRESS --nthreads 1 --resources GPU=1."
            )
