"""
Measure how well many answers are waited for at once; claimx beside langextract.

    python benchmarks/throughput.py [--documents 1000] [--concurrency 64] [--delay 0.2]
        [--more-documents 10000] [--peer-python PYTHON]

Documents of six sentences, each a segment of its own, are asked about on a
local server that answers every request after the delay, with the sentence
itself. Server and systems are one process each. Ideal seconds are requests
times delay over concurrency; CPU is the process's own, imports aside. Seconds,
CPU and peak memory are those when the last answer is in: matching aside, which
langextract does not do; aligning included, which both do. --more-documents
gives the second point of claimx's memory curve. langextract runs if
--peer-python names a Python that has it.
"""

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SEGMENTS = 6
NOUNS = (
    *("plant", "mayor", "river", "budget", "school", "council"),
    *("train", "forest", "market", "road", "tower", "union"),
)


def write_article(number: int) -> str:
    """Write six sentences of about 200 characters that no other article has."""
    chance = random.Random(number)

    def write_sentence() -> str:
        a, b, c, d = chance.sample(NOUNS, 4)
        return (
            f"{chance.choice(('Acme', 'Bolt', 'Norway', 'Rome'))} bought the {a} of article "
            f"{number} for {chance.randrange(10, 9999)} euros after a long debate on the {b}, "
            f"which the {c} had begun in {chance.choice(('May', 'June', 'July'))} and which the "
            f"{d} ended with {chance.randrange(10, 999)} votes."
        )

    return " ".join(write_sentence() for _ in range(SEGMENTS))


# server


def answer(body: dict[str, Any]) -> dict[str, Any]:
    """Answer with the sentence that was sent, in the form that the asking system wants."""
    from tests.support.server import completion
    from tests.test_pipeline import answer_from

    asked = body["messages"][-1]["content"]
    if "extractions" not in asked:
        return answer_from(body)
    text = re.findall(r"Q: (.*)\nA:", asked)[-1]
    return completion(json.dumps({"extractions": [{"claim": text, "claim_attributes": {}}]}))


def serve_forever(delay_s: float) -> None:
    """Serve until stdin ends, then say how many requests there were."""
    from tests.support.server import Reply, serve

    with serve(lambda _, body: Reply(answer(body), delay_s=delay_s)) as server:
        print(server.url, flush=True)
        sys.stdin.read()
        print(len(server.requests), flush=True)


@contextmanager
def start_server(delay_s: float) -> Iterator[tuple[str, list[int]]]:
    """Start the server; give its address, and a list that has its count of requests in the end."""
    counted: list[int] = []
    command = [sys.executable, __file__, "--serve", str(delay_s)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin  # noqa: S101  # for the type checker
        assert server.stdout  # noqa: S101
        yield server.stdout.readline().strip(), counted
        server.stdin.close()
        counted.append(int(server.stdout.readline()))


# the systems, each in a process of its own


def run_claimx(url: str, documents: int, concurrency: int) -> dict[str, float]:
    """Ask claimx, with its cache; measure when the last answer is in."""
    import claimx
    import claimx.llm.client
    import claimx.llm.wire  # before the clock starts

    at_end: dict[str, float] = {}

    def watch(_: claimx.Progress) -> None:
        at_end.update(measure(begin, cpu))

    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as folder:
        for n in range(documents):
            Path(folder, f"{n:05}.txt").write_text(write_article(n), "utf-8")
        begin, cpu = time.monotonic(), time.process_time()
        claimx.extract(
            folder,
            watch=watch,
            model="m",
            base_url=url,
            concurrency=concurrency,
            segment_tokens=60,
            cache=cache,
        )
    return at_end


def run_langextract(url: str, documents: int, concurrency: int) -> dict[str, float]:
    """Ask langextract, with as many workers and as long batches as requests are allowed."""
    import langextract as lx
    from langextract.providers.openai import OpenAILanguageModel

    example = lx.data.ExampleData(
        text="It rained.", extractions=[lx.data.Extraction("claim", "It rained.")]
    )
    articles = [lx.data.Document(write_article(n), document_id=str(n)) for n in range(documents)]
    begin, cpu = time.monotonic(), time.process_time()
    lx.extract(
        articles,
        prompt_description="List the claims.",
        examples=[example],
        model=OpenAILanguageModel("m", api_key="none", base_url=url, max_workers=concurrency),
        max_char_buffer=260,
        batch_length=concurrency,
        max_workers=concurrency,
        show_progress=False,
    )
    return measure(begin, cpu)


def measure(begin: float, cpu: float) -> dict[str, float]:
    """Measure since *begin* and *cpu*: seconds, CPU seconds, and peak memory in MB."""
    return {
        "seconds": time.monotonic() - begin,
        "cpu": time.process_time() - cpu,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


SYSTEMS = {"claimx": run_claimx, "langextract": run_langextract}


def compare(system: str, python: str, documents: int, args: argparse.Namespace) -> str:
    """Run *system* in a process of its own and return a row of the table."""
    with start_server(args.delay) as (url, counted):
        command = [python, __file__, "--work", system, url, str(documents), str(args.concurrency)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"| {system} | {documents:,} | failed: {done.stderr.strip().splitlines()[-1]} |"
    found = json.loads(done.stdout.splitlines()[-1])
    requests = counted[0]
    ideal_s = requests * args.delay / args.concurrency
    return (
        f"| {system} | {documents:,} | {requests:,} | {found['seconds']:.1f} | {ideal_s:.1f} "
        f"| {ideal_s / found['seconds']:.0%} | {1000 * found['cpu'] / requests:.2f} "
        f"| {found['megabytes']:.0f} |"
    )


def main() -> None:
    """Print the table, or do the part of one process."""
    parser = argparse.ArgumentParser(description="Measure throughput.")
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--more-documents", type=int)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--delay", type=float, default=0.2)
    parser.add_argument("--peer-python")
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if args.serve is not None:
        serve_forever(args.serve)
    elif args.work is not None:
        system, url, documents, concurrency = args.work
        print(json.dumps(SYSTEMS[system](url, int(documents), int(concurrency))))
    else:
        print("| | documents | requests | s | ideal s | of ideal | CPU ms a request | peak MB |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        print(compare("claimx", sys.executable, args.documents, args), flush=True)
        if args.peer_python:
            print(compare("langextract", args.peer_python, args.documents, args), flush=True)
        if args.more_documents:
            print(compare("claimx", sys.executable, args.more_documents, args), flush=True)


if __name__ == "__main__":
    main()
