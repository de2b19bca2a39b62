"""Which GPUs the runs of an experiment get: each its own."""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch

from lipschitz_trainers.config.schema import RunConfig

VISIBLE = "CUDA_VISIBLE_DEVICES"


def may_use_gpu(config: RunConfig) -> bool:
    """Return whether a run takes a CUDA device where there is one."""
    return config.device in ("auto", "cuda")


def visible_gpus() -> list[str]:
    """Return the CUDA devices of this machine as ``CUDA_VISIBLE_DEVICES`` names them."""
    if not torch.cuda.is_available():
        return []
    count = torch.cuda.device_count()
    named = [name.strip() for name in os.environ.get(VISIBLE, "").split(",") if name.strip()]
    return named[:count] if named else [str(i) for i in range(count)]


def gpu_shares(configs: Sequence[RunConfig], gpus: Sequence[str]) -> list[str]:
    """Return the GPUs that each of several workers gets, as values of ``CUDA_VISIBLE_DEVICES``; no GPU comes twice.

    Args:
        configs: of the runs; the one with most devices determines the size of a share.
        gpus: names of all GPUs.

    Returns:
        One entry a worker; empty where no run uses a GPU or there is none.
    """
    using = [config.devices for config in configs if may_use_gpu(config)]
    if not using or not gpus:
        return []
    size = max(using)
    shares = [",".join(gpus[i : i + size]) for i in range(0, len(gpus) - size + 1, size)]
    return shares or [",".join(gpus)]  # too few: the run says so


def resources(config: RunConfig, *, announced: bool) -> dict[str, float]:
    """Return the resources a run asks of a Dask cluster.

    Args:
        config: of the run.
        announced: whether workers of the cluster announce GPUs (``--resources "GPU=1"``).
    """
    asks = config.device == "cuda" or (config.device == "auto" and announced)
    return {"GPU": float(config.devices)} if asks else {}
