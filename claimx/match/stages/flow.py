"""The flow of the stages: which reads what, and how often each is called."""

import hashlib
import re
import shutil
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from claimx.disk import remove_partial, write_whole
from claimx.errors import InputError
from claimx.match.result import MatchSettings
from claimx.match.stages import groups, output, pairs, reading
from claimx.match.stages.claims import count_citations
from claimx.match.stages.run import Run, run_here
from claimx.match.stages.settings import Plan, Step
from claimx.match.stages.tables import count_rows
from claimx.version import __version__

MARK = "claimx-matching"  # names the folder of the parts, and tells the folder from one of articles
# Rows of claims in a range, at most about. One process has the texts of a range and all that are
# like them in memory, which is some 400 MB.
RANGE_ROWS = 40_000
_NAME = re.compile(r"[0-9a-f]{16}")

Stage = Callable[[Sequence[Path], Path, Step], None]
Paths = list[Path]


def match_parts(
    parts: Sequence[Path],
    work: Path,
    settings: MatchSettings | None = None,
    run: Run = run_here,
    range_rows: int = RANGE_ROWS,
) -> Paths:
    """
    Match the claims in the Parquet files *parts*, and return these files with the groups.

    *parts* have the columns of a table in Parquet, a row a citation; a column ``claim_quote`` may
    give the words that the model copied. The files that are returned have the same rows, with the
    group of each, its wording, its support, its documents and its conflicts. They are in the
    folder *work*, with what the stages leave there: the same call goes on where it was stopped.

    Args:
        parts: Files with different names.
        work: A folder of its own.
        settings: When two claims say the same.
        run: How the stages are run, see `Run`.
        range_rows: About how many claims a stage has in memory.

    Raises:
        InputError: If a file cannot be read, or is not of claims; if *work* has other files.
    """
    names = [path.name for path in parts]
    if len(set(names)) < len(names):
        raise InputError(f"{work}: two parts have one name. Name them differently.")
    plan = _make_plan(parts, settings or MatchSettings(), range_rows)
    folder = _open_work(work, parts, plan)
    return _Flow(folder, plan, run).match(list(parts)) if parts else []


def _make_plan(parts: Sequence[Path], settings: MatchSettings, range_rows: int) -> Plan:
    rows = sum(map(count_citations, parts))
    ranges = max(1, -(-rows // range_rows))
    return Plan(match=settings, parts=len(parts), ranges=ranges, buckets=ranges)


def _open_work(work: Path, parts: Sequence[Path], plan: Plan) -> Path:
    """
    Return the folder of these *parts* in *work*, and remove that of others.

    No two share one: a process of a run that was killed may write for a while.
    """
    digest = hashlib.sha256(f"{__version__} {plan.model_dump_json()}".encode())
    for path in parts:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest() + path.name.encode())
    name, mark = digest.hexdigest()[:16], work / MARK
    before = mark.read_text("utf-8", "replace") if mark.is_file() else ""
    if not _NAME.fullmatch(before) and work.exists() and any(work.glob("[!.]*")):
        raise InputError(f"{work}: has other files. Name an empty folder, or a new one.")
    work.mkdir(parents=True, exist_ok=True)
    if before != name:
        if before:
            shutil.rmtree(work / before, ignore_errors=True)
        write_whole(mark, name.encode())
    (work / name).mkdir(exist_ok=True)
    return work / name


class _Flow:
    """Calls the stages, one after the other."""

    def __init__(self, work: Path, plan: Plan, run: Run) -> None:
        self._work, self._run = work, run
        self._step = Step(plan=plan)

    def match(self, parts: Paths) -> Paths:
        """Take *parts* through all stages."""
        wordings = self._collect(parts)
        self._step = self._step.model_copy(update={"bounds": _add_up(wordings)})
        texts, vocabulary = self._read(wordings)
        related = self._relate(texts, vocabulary)
        shares = self._each(
            pairs.sum_shares, [[text, *map(pairs.name_shares, related)] for text in texts]
        )
        known = [*texts, vocabulary, *shares]
        free = self._each(pairs.compare_tile, [[one, *known] for one in related])
        made = self._group(wordings, free, known)
        self._step = self._step.model_copy(update={"groups": _add_up(made)})
        names = self._once(groups.name_groups, made)
        conflicts = self._contrast(wordings, free, made, [names, *known])
        return self._each(
            output.write_part,
            [[part, names, conflicts, *made] for part in parts],
            [self._work / "out" / part.name for part in parts],
        )

    def _collect(self, parts: Paths) -> Paths:
        """Put the claims of one wording together, and cut the wordings into ranges."""
        samples = self._each(reading.sample_wordings, [[part] for part in parts])
        cuts = self._once(reading.cut_ranges, samples)
        spread = self._each(reading.spread_claims, [[part, cuts] for part in parts])
        return self._each(reading.collect_range, [spread] * self._step.plan.ranges)

    def _read(self, wordings: Paths) -> tuple[Paths, Path]:
        """Read the wordings into rows of keys, and number these."""
        read = self._each(reading.read_range, [[one] for one in wordings])
        found = list(map(reading.name_found, read))
        vocabulary = self._once(reading.join_vocabulary, found)
        rows = zip(wordings, read, found, strict=True)
        texts = self._each(reading.number_range, [[*row, vocabulary] for row in rows])
        return texts, vocabulary

    def _relate(self, texts: Paths, vocabulary: Path) -> Paths:
        """Find the pairs that are alike."""
        buckets = self._step.plan.buckets
        spread = self._each(pairs.spread_blocks, [[text, vocabulary] for text in texts])
        paired = self._each(pairs.pair_blocks, [spread] * buckets)
        big = list(map(pairs.name_oversize, paired))
        threes = self._each(pairs.spread_threes, [[text, vocabulary, *big] for text in texts])
        more = self._each(pairs.pair_threes, [threes] * buckets)
        nearest = self._once(pairs.pair_nearest, texts)
        inputs = [*texts, vocabulary, *paired, *more, nearest]
        return self._each(pairs.relate_tile, [inputs] * len(texts))

    def _group(self, wordings: Paths, free: Paths, known: Paths) -> Paths:
        """Group the wordings."""
        homes = self._once(groups.number_documents, wordings)
        links = self._once(groups.link_wordings, [homes, *free])
        inputs = [homes, links, *wordings, *known]
        return self._each(groups.group_range, [inputs] * len(wordings))

    def _contrast(self, wordings: Paths, free: Paths, made: Paths, named: Paths) -> Path:
        """Find what contradicts what."""
        names, *known = named
        suspects = self._each(
            pairs.choose_suspects, [list(map(pairs.name_suspects, free))] * len(free)
        )
        placed = self._once(groups.place_groups, made)
        implied = map(pairs.name_implied, free)
        clashes = self._each(
            groups.contrast_range,
            [
                [*two, placed, *made, *wordings, *known]
                for two in zip(suspects, implied, strict=True)
            ],
        )
        return self._once(groups.pick_conflicts, [names, *clashes])

    def _once(self, stage: Stage, inputs: Paths) -> Path:
        """Call a stage once, with all its files."""
        return self._each(stage, [inputs])[0]

    def _each(self, stage: Stage, inputs: Sequence[Paths], outputs: Paths | None = None) -> Paths:
        """Call a stage for each part, where its file is not there yet."""
        folder = self._work / stage.__name__
        outputs = outputs or [folder / f"{number:05}.arrow" for number in range(len(inputs))]
        there: set[Path] = set()
        for parent in {path.parent for path in outputs}:
            parent.mkdir(exist_ok=True)
            remove_partial(parent)
            # a machine keeps in mind for a minute that a file it asked NFS for was not there
            there.update(parent.iterdir())
        calls: list[tuple[Any, ...]] = [
            (some, path, self._step.model_copy(update={"number": number}))
            for number, (some, path) in enumerate(zip(inputs, outputs, strict=True))
            if path not in there
        ]
        self._run(stage, calls)
        return outputs


def _add_up(paths: Paths) -> tuple[int, ...]:
    """Return where the rows of each of *paths* begin in all of them, and where the last ends."""
    return tuple(accumulate(map(count_rows, paths), initial=0))
