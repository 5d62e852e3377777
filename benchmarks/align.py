"""
Measure alignment: seconds, memory, right and wrong spans; claimx beside langextract.

    python benchmarks/align.py                       six scenarios on the seeds
    python benchmarks/align.py --text book.txt       on a text of your own
    python benchmarks/align.py --gold FILE.jsonl --documents FILE.jsonl

Documents are the given texts, continued to the wanted length with sentences
put together from their words, so that a document of any length has few
repetitions. Everything is drawn from --seed. Each measurement runs in a
process of its own, on one core; seconds are CPU seconds, memory is the
process's peak above what it was before aligning. langextract runs if
--peer-python names a Python that has it (or this one has), with fewer quotes
where it is slow: the table says how many.
"""

import argparse
import importlib.util
import json
import random
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
Offsets = list[tuple[int, int]]


class Case(NamedTuple):
    """A quote and where it is from; *spans* is empty for one that must not be found."""

    quote: str
    spans: Offsets


class Scenario(NamedTuple):
    """Quotes of one *document* under a name."""

    name: str
    document: str
    cases: list[Case]


class Result(NamedTuple):
    """What a tool answered: a span list and a status for each quote."""

    seconds: float
    megabytes: float
    answers: list[tuple[Offsets, str]]


# documents


def build_document(texts: Sequence[str], length: int, rng: random.Random) -> str:
    """Join *texts* and continue them to *length* characters."""
    text = "\n".join(texts)
    if len(text) < length:
        parts, have = [text], len(text)
        for sentence in _compose_sentences(text, rng):
            parts.append(sentence)
            have += len(sentence) + 1
            if have >= length:
                break
        text = " ".join(parts)
    return text[:length]


def _compose_sentences(text: str, rng: random.Random) -> Iterator[str]:
    """Put sentences together from pieces of one to three words that stand in *text*."""
    words = re.findall(r"[\w$]+(?:[-’'.,]\w+)*%?", text)
    lower = {word for word in words if word.islower()}
    words = [word.lower() if word.lower() in lower else word for word in words]
    while True:
        count, sentence = rng.randint(9, 26), list[str]()
        while len(sentence) < count:
            at = rng.randrange(len(words) - 4)
            sentence += words[at : at + rng.randint(1, 3)]
        first = sentence[0]
        yield " ".join([first[0].upper() + first[1:], *sentence[1:]]) + "."


# quotes


def draw_quotes(document: str, count: int, rng: random.Random) -> list[Case]:
    """Draw wordings of 8 to 30 words that *document* has once in any typography, in order."""
    letters = _spell(document)
    words = list(re.finditer(r"\S+", document))
    cases: dict[int, Case] = {}
    for _ in range(50 * count):
        at, size = rng.randrange(max(len(words) - 30, 1)), rng.randint(8, 30)
        start, end = words[at].start(), words[min(at + size, len(words)) - 1].end()
        quote = document[start:end].strip("“”\"'’,;:.–— ")
        start = document.index(quote, start)
        if "\n" not in quote and len(quote.split()) >= 8 and letters.count(_spell(quote)) == 1:
            cases[start] = Case(quote, [(start, start + len(quote))])
        if len(cases) == count:
            break
    return [cases[start] for start in sorted(cases)]


def _spell(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


_PLAIN_WORD = re.compile(r"[a-z]{2,}")
# What an edit may not touch, for the place to be right still; and what alters the meaning.
_DECISIVE = re.compile(
    r"not|no|never|none|nor|neither|without|nothing|cannot|n't|unable|den(y|ie)\w*|refus\w*|lack\w*"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|\w+teen|twenty|thirty|forty|fifty"
    r"|hundreds?|thousands?|millions?|billions?|first|second|third|fourth|fifth|half|dozens?"
    r"|double\w*|triple\w*|twice|percent|\w+th|quarters?|scores"
)


def vary_typography(case: Case, rng: random.Random) -> Case:
    """Write the quote with other quotes, spaces, hyphens and dashes."""
    quote = case.quote
    quote = re.sub("[“”]", '"', quote) if "“" in quote else quote.replace('"', "”")
    quote = re.sub("’", "'", quote) if "’" in quote else quote.replace("'", "’")
    quote = quote.replace("-", "\u2011").replace("–", "—")
    words = quote.split(" ")
    return case._replace(quote="".join(w + rng.choice(" \u00a0\u2009") for w in words).strip())


def change_words(case: Case, words: Sequence[str], rng: random.Random) -> Case:
    """Put another word for one plain word in eight; numbers, denials and names stay."""
    parts = case.quote.split(" ")
    plain = [i for i, w in enumerate(parts) if _PLAIN_WORD.fullmatch(w) and not _is_decisive(w)]
    for at in rng.sample(plain, min(max(1, round(len(parts) / 8)), len(plain))):
        parts[at] = rng.choice([word for word in rng.sample(words, 3) if word != parts[at]])
    return case._replace(quote=" ".join(parts))


def alter_meaning(case: Case, names: Sequence[str], rng: random.Random) -> Case:
    """Change a number or a name, drop a "not", or put one in: no place says this."""
    parts = case.quote.split(" ")
    numbers = [i for i, w in enumerate(parts) if any(map(str.isdigit, w))]
    denials = [i for i, w in enumerate(parts[:-1]) if i and w in ("not", "no", "never")]
    inner = [i for i in range(1, len(parts)) if parts[i - 1][-1:].isalpha()]
    capitals = [i for i in inner if parts[i][:1].isupper() and parts[i].isalpha()]
    if numbers:
        at = rng.choice(numbers)
        parts[at] = re.sub(r"\d", lambda digit: str((int(digit[0]) + 3) % 10), parts[at])
    elif denials:
        del parts[rng.choice(denials)]
    elif capitals:
        at = rng.choice(capitals)
        parts[at] = rng.choice([name for name in names if name != parts[at]])
    else:
        parts.insert(rng.randrange(1, len(parts)), "not")
    return Case(" ".join(parts), [])


def invent(document: str, count: int, rng: random.Random) -> list[Case]:
    """Make quotes of the document's own words that it does not have."""
    sentences = _compose_sentences(document[:200_000], rng)
    return [Case(quote, []) for quote, _ in zip(sentences, range(count), strict=False)]


def _is_decisive(word: str) -> bool:
    return _DECISIVE.fullmatch(word) is not None


def build_scenarios(document: str, count: int, rng: random.Random) -> list[Scenario]:
    """Build the scenarios that both tools run."""
    cases = draw_quotes(document, count, rng)
    shuffled = rng.sample(cases, len(cases))
    found = re.findall(r"\b[a-z]{3,}\b", document[:200_000])
    words = sorted({word for word in found if not _is_decisive(word)})
    names = sorted(set(re.findall(r"(?<=[a-z] )[A-Z][a-z]{3,}\b", document[:200_000])))
    sets = {
        "verbatim, in order": cases,
        "verbatim, shuffled": shuffled,
        "typographic": [vary_typography(case, rng) for case in shuffled],
        "one word in eight changed": [change_words(case, words, rng) for case in shuffled],
        "number, name or not changed": [alter_meaning(case, names, rng) for case in shuffled],
        "not in the document": invent(document, count, rng),
    }
    return [Scenario(name, document, quotes) for name, quotes in sets.items()]


def mix(document: str, count: int, rng: random.Random) -> Scenario:
    """Put equally many quotes of every kind in one scenario."""
    scenarios = build_scenarios(document, -(-count // 5), rng)
    cases = [case for scenario in scenarios[1:] for case in scenario.cases]
    return Scenario("all kinds", document, rng.sample(cases, min(count, len(cases))))


# tools


def align_claimx(quotes: list[str], document: str) -> Callable[[], list[tuple[Offsets, str]]]:
    """Prepare claimx; the result does the work that is measured."""
    from claimx.align import align_quotes

    def run() -> list[tuple[Offsets, str]]:
        found = align_quotes(quotes, document)
        return [([(s.start, s.end) for s in a.spans] if a.found else [], a.status) for a in found]

    return run


def align_langextract(
    quotes: list[str], document: str, *, lesser: bool
) -> Callable[[], list[tuple[Offsets, str]]]:
    """Prepare langextract's aligner with *lesser* matches accepted or not."""
    from langextract import data, resolver

    def run() -> list[tuple[Offsets, str]]:
        asked = [data.Extraction("quote", quote) for quote in quotes]
        aligner = resolver.WordAligner()
        (found,) = aligner.align_extractions([asked], document, accept_match_lesser=lesser)
        return [_read_interval(extraction) for extraction in found]

    return run


def _read_interval(extraction: Any) -> tuple[Offsets, str]:
    interval = extraction.char_interval
    if interval is None or interval.start_pos is None:
        return [], "none"
    return [(interval.start_pos, interval.end_pos)], extraction.alignment_status.value


TOOLS: dict[str, Callable[..., Any]] = {
    "claimx": align_claimx,
    "langextract": lambda q, d: align_langextract(q, d, lesser=True),
    "langextract, no lesser": lambda q, d: align_langextract(q, d, lesser=False),
}


def run_child() -> None:
    """Align what stdin asks for and print the result; one process a measurement."""
    asked = json.load(sys.stdin)
    run = TOOLS[asked["tool"]](asked["quotes"], asked["document"])
    before, start = _read_peak(), time.process_time()
    answers = run()
    seconds = time.process_time() - start
    json.dump(
        {"seconds": seconds, "megabytes": _read_peak() - before, "answers": answers}, sys.stdout
    )


def _read_peak() -> float:
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (2**20 if sys.platform == "darwin" else 2**10)


def measure(tool: str, scenario: Scenario, python: str, limit_s: float) -> Result | None:
    """Run *tool* on *scenario* in a process of its own; None if it takes too long."""
    asked = {
        "tool": tool,
        "quotes": [case.quote for case in scenario.cases],
        "document": scenario.document,
    }
    try:
        done = subprocess.run(
            [python, __file__, "--child"],
            input=json.dumps(asked),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=limit_s,
        )
    except subprocess.TimeoutExpired:
        return None
    return Result(**json.loads(done.stdout))


# figures


def compute_iou(found: Iterable[tuple[int, int]], gold: Iterable[tuple[int, int]]) -> float:
    """Intersection over union of characters, 0 to 1."""
    one = {at for start, end in found for at in range(start, end)}
    two = {at for start, end in gold for at in range(start, end)}
    return len(one & two) / len(one | two) if one | two else 1.0


def count_answers(result: Result, cases: Sequence[Case]) -> dict[str, int]:
    """Count right spans (IoU at least 0.9), wrong ones given, and none given."""
    counts = {"right": 0, "wrong": 0, "none": 0}
    for (spans, _), case in zip(result.answers, cases, strict=True):
        if not spans:
            counts["none"] += 1
        elif case.spans and compute_iou(spans, case.spans) >= 0.9:
            counts["right"] += 1
        else:
            counts["wrong"] += 1
    return counts


HEADER = ("scenario", "tool", "quotes", "characters", "seconds", "MB", "right", "wrong", "none")


def print_row(*cells: object) -> None:
    """Print one line of a Markdown table."""
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def print_header(cells: Sequence[str]) -> None:
    """Print the head of a Markdown table."""
    print_row(*cells)
    print_row(*("---" for _ in cells))


def report(tool: str, scenario: Scenario, python: str, limit_s: float) -> None:
    """Measure and print one row."""
    size = len(scenario.cases), len(scenario.document)
    result = measure(tool, scenario, python, limit_s)
    if result is None:
        print_row(scenario.name, tool, *size, f"> {limit_s:.0f}", *["-"] * 4)
        return
    counts = count_answers(result, scenario.cases)
    figures = f"{result.seconds:.2f}", f"{result.megabytes:.0f}"
    print_row(scenario.name, tool, *size, *figures, *counts.values())


def report_scenarios(options: argparse.Namespace) -> None:
    """Print the table of scenarios."""
    texts = [path.read_text(encoding="utf-8") for path in options.text]
    rng = random.Random(options.seed)
    peer = find_peer(options.peer_python)
    print_header(HEADER)
    document = build_document(texts, options.length, rng)
    for scenario in build_scenarios(document, options.quotes, rng):
        report("claimx", scenario, sys.executable, options.seconds)
        less = scenario._replace(cases=scenario.cases[: options.peer_quotes])
        for tool in list(TOOLS)[1:] if peer else ():
            report(tool, less, peer, options.seconds)
    for length in (10_000, 100_000, 690_000, 1_000_000):
        document = build_document(texts, length, rng)
        report("claimx", mix(document, 1000, rng), sys.executable, options.seconds)
    cases = draw_quotes(document, 1000, rng)
    report("claimx", Scenario("verbatim", document, cases), sys.executable, options.seconds)
    if not peer:
        print("\nlangextract is not installed: claimx alone.", file=sys.stderr)


def find_peer(python: str | None) -> str:
    """Give the Python that has langextract, or nothing."""
    if python:
        return python
    return sys.executable if importlib.util.find_spec("langextract") else ""


# gold files


def report_gold(options: argparse.Namespace) -> None:
    """Print the table for files of quotes with gold spans."""
    texts: dict[str, str] = {}
    for path in filter(_is_there, options.documents):
        texts |= {row["doc"]: row["text"] for row in read_rows(path)}
    peer = find_peer(options.peer_python)
    print_header(("file", "tool", "quotes", "given", "IoU >= 0.9", "mean IoU", "wrong (IoU < 0.1)"))
    for path in filter(_is_there, options.gold):
        for tool in list(TOOLS) if peer else ["claimx"]:
            python = sys.executable if tool == "claimx" else peer
            report_file(path, tool, texts, python, options.seconds)


def report_file(path: Path, tool: str, texts: dict[str, str], python: str, limit_s: float) -> None:
    """Print one row: a tool on one file of quotes."""
    ious: list[float] = []
    asked = 0
    for scenario in group_by_document(path, texts):
        result = measure(tool, scenario, python, limit_s)
        asked += len(scenario.cases)
        for (spans, _), case in zip(result.answers if result else (), scenario.cases, strict=False):
            ious += [compute_iou(spans, case.spans)] if spans else []
    wrong = sum(iou < 0.1 for iou in ious)
    mean = f"{sum(ious) / len(ious):.2f}" if ious else "-"
    share = f"{wrong} ({wrong / len(ious):.0%})" if ious else "0"
    print_row(path.name, tool, asked, len(ious), sum(iou >= 0.9 for iou in ious), mean, share)


def group_by_document(path: Path, texts: dict[str, str]) -> list[Scenario]:
    """Group the rows of *path* by the text that their spans count in."""
    groups: dict[str, list[Case]] = {}
    for row in read_rows(path):
        text = row.get("sentence") or texts.get(row["doc"])
        spans = row.get("spans") or row["spans_by_rater"][0]
        if text:
            groups.setdefault(text, []).append(Case(row["quote"], [tuple(s) for s in spans]))
    return [Scenario(path.name, text, cases) for text, cases in groups.items()]


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read JSON Lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _is_there(path: Path) -> bool:
    if not path.exists():
        print(f"{path}: no such file, left out.", file=sys.stderr)
    return path.exists()


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].strip())
    parser.add_argument(
        "--text", nargs="+", type=Path, default=sorted((ROOT / "seeds").glob("*.txt"))
    )
    parser.add_argument("--length", type=int, default=100_000, help="characters (100,000)")
    parser.add_argument("--quotes", type=int, default=200, help="quotes in a scenario (200)")
    parser.add_argument("--peer-python", help="a Python that has langextract")
    parser.add_argument("--peer-quotes", type=int, default=200, help="quotes for langextract (200)")
    parser.add_argument("--seconds", type=float, default=600, help="limit for one row (600)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gold", nargs="+", type=Path, default=[], help="alignment_*.jsonl")
    parser.add_argument("--documents", nargs="+", type=Path, default=[], help="extraction_*.jsonl")
    return parser.parse_args()


if __name__ == "__main__":
    if "--child" in sys.argv:
        run_child()
    elif (options := read_options()).gold:
        report_gold(options)
    else:
        report_scenarios(options)
