"""The most memory a job holds at one time, beyond what is held before it starts.

On the CPU from the profiler's record of every allocation and release of tensor memory: the running sum's
maximum. It sees the storages of torch.func and autograd too, but not the scratch memory that oneDNN keeps to
itself. On CUDA from the allocator's own peak.
"""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable

import torch
from torch.autograd.profiler import profile

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler announces itself on stderr otherwise


def peak_bytes(job: Callable[[], object], device: torch.device) -> int:
    """Return the peak, in bytes, of memory allocated by one run of `job`.

    Release what the job starts with (gradients of an earlier run) before; a release of older memory counts
    against it. Python's collector rests meanwhile, so that it releases neither old garbage nor the job's.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _peak(job, device)
    finally:
        if collecting:
            gc.enable()


def _peak(job: Callable[[], object], device: torch.device) -> int:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        job()
        torch.cuda.synchronize(device)
        return torch.cuda.max_memory_allocated(device) - before
    with profile(use_cpu=True, profile_memory=True) as profiler:
        job()
    events = [event for event in profiler.kineto_results.events() if event.name() == "[memory]"]
    events.sort(key=lambda event: event.start_ns())
    return max(itertools.accumulate((event.nbytes() for event in events), initial=0))
