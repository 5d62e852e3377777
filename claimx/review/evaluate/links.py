"""Link claims with gold mentions, many to many: by span, and by wording."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from claimx.match.matching import open_texts
from claimx.records import Span

# A claim and a mention, by index.
Link = tuple[int, int]


class Stretch(NamedTuple):
    """The wording of a claim or mention, with its document and span."""

    document: str
    spans: Sequence[Span]
    text: str = ""

    @property
    def length(self) -> int:
        """Number of characters."""
        return sum(span.end - span.start for span in self.spans)


def measure_overlaps(some: Sequence[Stretch], others: Sequence[Stretch]) -> dict[Link, int]:
    """Count the characters shared by each of *some* with each of *others*, if any."""
    places: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for number, other in enumerate(others):
        places[other.document] += [(span.start, span.end, number) for span in other.spans]
    longest = {}
    for document, found in places.items():
        found.sort()
        longest[document] = max(end - start for start, end, _ in found)
    shared: dict[Link, int] = defaultdict(int)
    for at, one in enumerate(some):
        found = places.get(one.document, [])
        for span in one.spans:
            low = bisect_left(found, (span.start - longest.get(one.document, 0),))
            for start, end, number in found[low : bisect_left(found, (span.end,))]:
                common = min(end, span.end) - max(start, span.start)
                if common > 0:
                    shared[at, number] += common
    return shared


def link_wordings(some: Sequence[Stretch], others: Sequence[Stretch]) -> Iterator[Link]:
    """Link texts of the same document that the matcher judges equivalent."""
    everything = [*some, *others]
    for first, second in open_texts([one.text for one in everything]).list_same():
        if not first < len(some) <= second:
            continue
        if everything[first].document == everything[second].document:
            yield first, second - len(some)
