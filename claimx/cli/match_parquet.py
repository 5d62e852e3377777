"""`claimx match` with Parquet: claims that need not fit into memory."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from claimx.cli.output import EXIT_USAGE, check_writable, fail, refuse_same
from claimx.disk import copy_whole
from claimx.errors import InputError, OutputError


def match_parquet(  # noqa: PLR0913, PLR0917  # as given on the command line
    claims: Path,
    output: Path | None,
    work: Path | None,
    workers: int | None,
    ray: str | None,
    watch: Callable[[str, int], None],
) -> None:
    """
    Match the claims of a Parquet file into a file, or those of a folder of files into a folder.

    Raises:
        InputError: If a file cannot be read, or is not of claims.
        OutputError: If *output* cannot be written.
    """
    parts = _list_parts(claims)
    target = _check_output(claims, parts, output)
    if ray is not None and work is None:
        fail("--ray: its machines need a folder that all of them see. Pass --work.", EXIT_USAGE)
    match_files = _load_matching()
    with ExitStack() as stack:
        if work is None:
            work = Path(
                stack.enter_context(TemporaryDirectory(prefix=".claimx-", dir=target.parent))
            )
        made = stack.enter_context(match_files(parts, work, watch, workers, ray))
        _deliver(made, target, folder=claims.is_dir())


def _load_matching() -> Any:
    try:
        from claimx.parts.match import match_files
    except ImportError as exc:
        raise InputError(
            "Parquet needs another package. Install it: pip install 'claimx[parquet]'"
        ) from exc
    return match_files


def _list_parts(claims: Path) -> list[Path]:
    if not claims.is_dir():
        return [claims]
    parts = sorted(claims.glob("*.parquet"))
    if not parts:
        raise InputError(f"{claims}: no .parquet file in it. Name a folder that has some.")
    return parts


def _check_output(claims: Path, parts: Sequence[Path], output: Path | None) -> Path:
    if output is None:
        fail("Parquet goes to a file or a folder. Name it with -o.", EXIT_USAGE)
    refuse_same(output, claims)
    if claims.is_dir():
        if output.exists() and not output.is_dir():
            fail(f"{output}: is no folder. Name one with -o, as {claims} is one.", EXIT_USAGE)
        others = {path.name for path in output.glob("*.parquet")} - {one.name for one in parts}
        if others:
            fail(f"{output}: has other rows, {min(others)}. Name another with -o.", EXIT_USAGE)
    elif output.suffix.lower() != ".parquet":
        fail(f"{output}: Parquet is written as Parquet. Name a .parquet file with -o.", EXIT_USAGE)
    else:
        check_writable(output)
    return output


def _deliver(made: Sequence[Path], target: Path, *, folder: bool) -> None:
    try:
        if folder:
            target.mkdir(parents=True, exist_ok=True)
        for path in made:
            copy_whole(path, target / path.name if folder else target)
    except OSError as exc:
        raise OutputError(
            f"{target}: cannot be written ({exc.strerror}). Name another with -o."
        ) from exc
