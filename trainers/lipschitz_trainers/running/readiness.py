"""Whether a machine has what runs need, asked once before the first of them begins."""

from __future__ import annotations

from collections.abc import Iterable

from lipschitz import DataError
from lipschitz_trainers.config.fitting import absences
from lipschitz_trainers.config.schema import RunConfig, well_formed_parts


def require_present(configs: Iterable[RunConfig]) -> None:
    """Refuse runs whose files or packages are not on this machine; nothing is opened.

    Args:
        configs: of the runs; what several of them need is said once.

    Raises:
        DataError: something is not here; one line for each such thing.
    """
    messages = dict.fromkeys(
        fault.message for config in configs for fault in absences(well_formed_parts(config))
    )
    if messages:
        raise DataError("\n".join(messages))
