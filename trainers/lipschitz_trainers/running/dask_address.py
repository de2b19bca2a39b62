"""Addresses of Dask schedulers: which are understood, and what to do when nobody answers at one."""

from __future__ import annotations

from lipschitz import ConfigError

PLAIN, ENCRYPTED = ("tcp", "ws"), ("tls", "wss")
PROTOCOLS = (PLAIN[0], ENCRYPTED[0], PLAIN[1], ENCRYPTED[1])
"""What Dask speaks by itself between processes."""
IN_PROCESS = "inproc"
"""Of a cluster of threads, which only the process that started it can reach."""

CERTIFICATES = (
    "DASK_DISTRIBUTED__COMM__TLS__CA_FILE",
    "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT",
    "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY",
)
"""Variables of the environment from which Dask's own configuration takes the files of an encrypted connection."""


def protocol_of(address: str) -> str:
    """Return the protocol of an address; one without has Dask's default, ``tcp``.

    Example:
        >>> protocol_of("tls://10.0.0.1:8786"), protocol_of("10.0.0.1:8786")
        ('tls', 'tcp')
    """
    protocol, separator, _ = address.partition("://")
    return protocol if separator else PLAIN[0]


def require_protocol(address: str) -> None:
    """Refuse an address by whose protocol no scheduler can be reached.

    Raises:
        ConfigError: it is none of `PROTOCOLS`, nor `IN_PROCESS`.
    """
    protocol = protocol_of(address)
    if protocol not in (*PROTOCOLS, IN_PROCESS):
        raise ConfigError(
            f"cannot reach a Dask scheduler at {address}: expected a protocol among {', '.join(PROTOCOLS)}, got "
            f"{protocol!r}. Give an address such as tcp://10.0.0.1:8786, or --scheduler local for a cluster on this "
            f"machine."
        )


def unreachable(address: str, error: Exception) -> ConfigError:
    """Return the error that says why a scheduler cannot be reached, and what to do.

    Example:
        >>> str(unreachable("tcp://10.0.0.1:8786", OSError("no answer."))).partition(". ")[0]
        'cannot reach a Dask scheduler at tcp://10.0.0.1:8786: no answer'
    """
    prints = "the address that the scheduler prints when it starts"
    remedy = f"Give {prints}, or --scheduler local for a cluster on this machine."
    if protocol_of(address) in ENCRYPTED:
        ca, certificate, key = CERTIFICATES
        remedy = (
            f"An encrypted connection needs the files of your certificates, in PEM format: set {ca}, {certificate} and "
            f"{key}, or distributed.comm.tls in Dask's configuration; and give {prints}."
        )
    return ConfigError(f"cannot reach a Dask scheduler at {address}: {str(error).rstrip('.')}. {remedy}")
