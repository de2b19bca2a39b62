"""Shapes that networks can serve, or an error that says which."""

from __future__ import annotations

from lipschitz import FieldError


def latent_size(name: str, shape: tuple[int, ...]) -> int:
    """Return the size of a latent vector.

    Raises:
        FieldError: the shape is none of a vector.
    """
    if len(shape) != 1:
        raise FieldError(f"{name} takes a latent vector, got inputs of shape {shape}.")
    return shape[0]


def require_scores(name: str, shape: tuple[int, ...]) -> None:
    """Refuse to be anything but a critic.

    Raises:
        FieldError: the output's shape is not ``()``.
    """
    if shape != ():
        raise FieldError(f"{name} returns scores, it cannot serve outputs of shape {shape}.")


def require_samples(name: str, shape: tuple[int, ...]) -> None:
    """Refuse to be a critic.

    Raises:
        FieldError: the shape is that of a score, ``()``.
    """
    if shape == ():
        raise FieldError(
            f"{name} is a generator: it makes samples, and was asked for scores (outputs of shape ()), which a critic "
            f"gives; use it as generator.network, and a critic as critic.network."
        )


def square_image(name: str, shape: tuple[int, ...], least: int, divisor: int = 1) -> tuple[int, int]:
    """Return channels and side of square images.

    Args:
        name: of the network, for the message.
        shape: to be (C, H, H).
        least: smallest H.
        divisor: of H.

    Raises:
        FieldError: saying which images would do.
    """
    require_samples(name, shape)
    if len(shape) != 3 or shape[1] != shape[2] or shape[1] < least or shape[1] % divisor:
        multiple = f", a multiple of {divisor}" if divisor > 1 else ""
        raise FieldError(
            f"{name} serves square images (C, H, H) with H from {least} on{multiple}, got shape {shape}; resize the "
            f"images, or use mlp, which takes any shape."
        )
    return shape[0], shape[1]


def doubled_image(name: str, shape: tuple[int, ...], least: int = 8) -> tuple[int, int, int]:
    """Return channels and side of square images, and how often a side of 4 is doubled to give theirs.

    Args:
        name: of the network, for the message.
        shape: to be (C, H, H).
        least: smallest H.

    Raises:
        FieldError: the side is no power of two, or too small.

    Example:
        >>> doubled_image("resnet101_critic", (3, 64, 64))
        (3, 64, 4)
    """
    require_samples(name, shape)
    if len(shape) != 3 or shape[1] != shape[2] or shape[1] < least or shape[1].bit_count() != 1:
        raise FieldError(
            f"{name} serves square images (C, H, H) with H = {least}, {2 * least}, {4 * least}, ..., got shape "
            f"{shape}; resize or pad the images, or use dcgan_generator and dcgan_critic, which take other sides."
        )
    return shape[0], shape[1], shape[1].bit_length() - 3
