"""Proportions with bootstrap confidence intervals."""

import random
from collections.abc import Iterable, Sequence

from claimx.review.evaluate.result import Measure, Scores

# A unit's numerator and denominator: a hit is (1, 1), a miss (0, 1).
Outcome = tuple[float, float]
Outcomes = Sequence[Outcome]

_LEVEL = 0.95


class Bootstrap:
    """
    Resamples units with replacement, as many as there are; a seed makes it repeatable.

    Intervals are percentiles (Efron and Tibshirani 1993). Units count as independent,
    which makes intervals too narrow for an annotation of few documents.
    """

    def __init__(self, rounds: int, seed: int) -> None:
        self._rounds = rounds
        self._seed = seed

    def measure(self, outcomes: Outcomes) -> Measure:
        """Return the share of *outcomes*; null if there are none."""
        return _make_measure(_share(outcomes), self._resample(outcomes), len(outcomes))

    def measure_scores(
        self, precision: Outcomes, recall: Outcomes, *, same_units: bool = False
    ) -> Scores:
        """Return two shares and their harmonic mean; *same_units* are resampled together."""
        precisions = self._resample(precision)
        recalls = self._resample(recall, salt=0 if same_units else 1)
        return Scores(
            precision=_make_measure(_share(precision), precisions, len(precision)),
            recall=_make_measure(_share(recall), recalls, len(recall)),
            f1=_make_measure(
                _join_f1(_share(precision), _share(recall)),
                [_join_f1(*pair) for pair in zip(precisions, recalls, strict=True)],
                len(precision) if same_units else len(precision) + len(recall),
            ),
        )

    def _resample(self, outcomes: Outcomes, salt: int = 0) -> list[float | None]:
        chance = random.Random(self._seed + salt)  # noqa: S311  # no secret
        size = len(outcomes)
        return [
            _share(chance.choices(outcomes, k=size)) if size else None for _ in range(self._rounds)
        ]


def _share(outcomes: Outcomes) -> float | None:
    parts, wholes = zip(*outcomes, strict=True) if outcomes else ((), ())
    whole = sum(wholes)
    return sum(parts) / whole if whole else None


def _join_f1(precision: float | None, recall: float | None) -> float | None:
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _make_measure(value: float | None, samples: Iterable[float | None], of: int) -> Measure:
    known = sorted(sample for sample in samples if sample is not None)
    if value is None or not known:
        return Measure(value=value, of=of)
    tail = (1 - _LEVEL) / 2
    low, high = known[int(tail * len(known))], known[int((1 - tail) * (len(known) - 1))]
    return Measure(value=value, low=low, high=high, of=of)
