"""The command ``lipschitz``, also as ``python -m lipschitz_trainers``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; says which extra to install when the trainer's dependencies are missing."""
    try:
        from lipschitz_trainers.cli.main import main as run
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.split(".")[0] in ("lipschitz", "lipschitz_trainers"):
            raise
        sys.stderr.write(
            f"error: the command line needs the trainer's dependencies ({error.name} is missing).\n"
            f'Install them: pip install "torch-lipschitz[train]"\n'
        )
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)  # importing takes seconds, in which a mistyped command is often regretted
    run()


if __name__ == "__main__":
    main()
