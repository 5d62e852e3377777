"""
Measure which copies of articles are found, and whether articles written apart are taken for copies.

    python -m benchmarks.echoes FOLDER [FOLDER ...]

Each FOLDER holds text files of one event (or an ``articles`` folder of them). Copies are made of
each article by rule: words left out, sentences left out, sentences exchanged with their
neighbours, the first half alone, two articles mixed.
"""

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

from claimx.echoes import find_echoes
from claimx.read import make_document
from claimx.records import Document
from claimx.segment.sentences import split_sentences

Edit = Callable[[Sequence[str], random.Random], list[str]]


def leave_out_words(sentences: Sequence[str], rng: random.Random) -> list[str]:
    """Leave out one word in twenty."""
    return [" ".join(w for w in one.split() if rng.random() > 0.05) for one in sentences]


def leave_out_sentences(sentences: Sequence[str], rng: random.Random) -> list[str]:
    """Leave out four sentences in ten."""
    return [one for one in sentences if rng.random() > 0.4]


def exchange_neighbours(sentences: Sequence[str], rng: random.Random) -> list[str]:
    """Exchange each sentence with its neighbour, and leave out one word in ten."""
    turned = [one for at in range(0, len(sentences), 2) for one in sentences[at : at + 2][::-1]]
    return [" ".join(w for w in one.split() if rng.random() > 0.1) for one in turned]


def keep_half(sentences: Sequence[str], _: random.Random) -> list[str]:
    """Keep the first half."""
    return list(sentences[: len(sentences) // 2])


EDITS: dict[str, Edit] = {
    "1 word in 20 left out": leave_out_words,
    "4 sentences in 10 left out": leave_out_sentences,
    "neighbours exchanged, 1 word in 10 left out": exchange_neighbours,
    "first half": keep_half,
}


def read_folder(folder: Path) -> list[Document]:
    """Read the text files of *folder*, in order."""
    inner = folder / "articles"
    files = sorted((inner if inner.is_dir() else folder).glob("*.txt"))
    return [make_document(file.read_text("utf-8"), f"{folder.name}/{file.name}") for file in files]


def list_sentences(document: Document) -> list[str]:
    """List the sentences of *document*."""
    return [one.span.slice(document.text) for one in split_sentences(document.text)]


def count_found(documents: Sequence[Document], edit: Edit) -> int:
    """Count the articles whose edited copy is found."""
    found = 0
    for number, document in enumerate(documents):
        text = " ".join(edit(list_sentences(document), random.Random(number)))
        found += bool(find_echoes([document, make_document(text, "copy")]))
    return found


def list_false(folders: Sequence[Sequence[Document]]) -> Iterator[tuple[str, str]]:
    """List pairs of articles of different events that are taken for copies."""
    for one, other in combinations(folders, 2):
        names = {document.id for document in one}
        for echo in find_echoes([*one, *other]):
            if echo.kind != "agency" and (echo.a in names) != (echo.b in names):
                yield echo.a, echo.b


def main() -> None:
    """Print the counts, and the pairs found within each event."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    folders = [read_folder(folder) for folder in parser.parse_args().folders]
    documents = [document for folder in folders for document in folder]
    for name, edit in EDITS.items():
        print(f"{name}: {count_found(documents, edit)} of {len(documents)} found")
    pairs = sum(len(a) * len(b) for a, b in combinations(folders, 2))
    print(f"different events: {len(list(list_false(folders)))} of {pairs} pairs taken for copies")
    for folder in folders:
        for echo in find_echoes(folder):
            print(f"one event: {echo.a} {echo.b} {echo.kind} {echo.share}")


if __name__ == "__main__":
    main()
