"""
Measure how well many answers are waited for at once; claimx beside langextract.

    python benchmarks/throughput.py [--documents 1000] [--concurrency 64] [--delay 0.2]
        [--more-documents 10000] [--peer-python PYTHON]

Documents of six sentences, each a segment of its own, are asked about on a
local server that answers every request after the delay, with the sentence
itself. Server and systems are one process each. Ideal seconds are requests
times delay over concurrency; nobody reaches them: the last of the rounds is not
full, and claimx sends its first question alone, to learn from it what the server
takes. Reachable seconds count whole rounds, and that one. CPU is the process's own,
imports aside. Seconds,
CPU and peak memory are those when the last answer is in: matching aside, which
langextract does not do; aligning included, which both do. --more-documents
gives the second point of claimx's memory curve. langextract runs if
--peer-python names a Python that has it. The floor is a bare loop over aiohttp
that posts what claimx has posted, as many at once, and reads the answers as JSON.
"""

import argparse
import asyncio
import json
import math
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SEGMENTS = 6
NOUNS = (
    *("plant", "mayor", "river", "budget", "school", "council"),
    *("train", "forest", "market", "road", "tower", "union"),
)

# What claimx imports when it is first needed; here, before the clock starts.
IMPORTED_LATE = (
    *("claimx.llm.client", "claimx.llm.wire", "claimx.pipeline.flow"),
    *("diskcache", "frontmatter", "httpcore2", "jinja2.sandbox"),
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
    from tests.support.articles import answer_from
    from tests.support.server import completion

    asked = body["messages"][-1]["content"]
    if "extractions" not in asked:
        return answer_from(body)
    text = re.findall(r"Q: (.*)\nA:", asked)[-1]
    return completion(json.dumps({"extractions": [{"claim": text, "claim_attributes": {}}]}))


def serve_forever(delay_s: float, posts: Path) -> None:
    """Serve until stdin ends, then write the requests to *posts* and say how many there were."""
    from aiohttp import web  # a server of threads would be what is measured

    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        due = asyncio.get_running_loop().time() + delay_s
        body = await request.text()
        asked.append(body)
        answered = json.dumps(answer(json.loads(body)))  # in the meantime, as a model would
        await asyncio.sleep(due - asyncio.get_running_loop().time())
        return web.Response(text=answered, content_type="application/json")

    async def serve() -> None:
        application = web.Application()
        application.router.add_post("/v1/chat/completions", handle)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        print(f"http://127.0.0.1:{port}/v1", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()

    asyncio.run(serve())
    posts.write_text("".join(f"{one}\n" for one in asked), "utf-8")
    print(len(asked), flush=True)


@contextmanager
def start_server(delay_s: float, posts: Path) -> Iterator[tuple[str, list[int]]]:
    """Start the server; give its address, and a list that has its count of requests in the end."""
    counted: list[int] = []
    command = [sys.executable, __file__, "--serve", str(delay_s), str(posts)]
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

    for late in IMPORTED_LATE:
        import_module(late)

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


def run_bare(url: str, posts: Path, concurrency: int) -> dict[str, float]:
    """Post the lines of *posts*, and do nothing with the answers but read them as JSON."""
    import aiohttp

    async def work(session: aiohttp.ClientSession, lines: Iterator[str]) -> None:
        headers = {"content-type": "application/json"}
        for line in lines:
            async with session.post(
                f"{url}/chat/completions", data=line, headers=headers
            ) as answer:
                json.loads(await answer.read())

    async def post_all() -> None:
        lines = iter(posts.read_text("utf-8").splitlines())
        connector = aiohttp.TCPConnector(limit=concurrency)
        async with aiohttp.ClientSession(connector=connector) as session:
            await asyncio.gather(*(work(session, lines) for _ in range(concurrency)))

    begin, cpu = time.monotonic(), time.process_time()
    asyncio.run(post_all())
    return measure(begin, cpu)


def measure(begin: float, cpu: float) -> dict[str, float]:
    """Measure since *begin* and *cpu*: seconds, CPU seconds, and peak memory in MB."""
    return {
        "seconds": time.monotonic() - begin,
        "cpu": time.process_time() - cpu,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


SYSTEMS = {"claimx": run_claimx, "langextract": run_langextract}


def compare(system: str, python: str, documents: int, args: argparse.Namespace, posts: Path) -> str:
    """Run *system* in a process of its own and return a row of the table."""
    written = Path(os.devnull) if system == "bare" else posts
    with start_server(args.delay, written) as (url, counted):
        given = str(posts if system == "bare" else documents)
        command = [python, __file__, "--work", system, url, given, str(args.concurrency)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"| {system} | {documents:,} | failed: {done.stderr.strip().splitlines()[-1]} |"
    found = json.loads(done.stdout.splitlines()[-1])
    requests = counted[0]
    ideal_s = requests * args.delay / args.concurrency
    alone = system == "claimx"
    rounds = alone + math.ceil((requests - alone) / args.concurrency)
    return (
        f"| {system} | {documents:,} | {requests:,} | {found['seconds']:.1f} "
        f"| {rounds * args.delay:.1f} | {ideal_s:.1f} | {ideal_s / found['seconds']:.0%} "
        f"| {1000 * found['cpu'] / requests:.2f} | {found['megabytes']:.0f} |"
    )


def main() -> None:
    """Print the table, or do the part of one process."""
    parser = argparse.ArgumentParser(description="Measure throughput.")
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--more-documents", type=int)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--delay", type=float, default=0.2)
    parser.add_argument("--peer-python")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if args.serve is not None:
        serve_forever(float(args.serve[0]), Path(args.serve[1]))
    elif args.work is not None:
        system, url, given, concurrency = args.work
        if system == "bare":
            print(json.dumps(run_bare(url, Path(given), int(concurrency))))
        else:
            print(json.dumps(SYSTEMS[system](url, int(given), int(concurrency))))
    else:
        print(
            "| | documents | requests | s | reachable s | ideal s | of ideal | CPU ms a request "
            "| peak MB |"
        )
        print("|---|---|---|---|---|---|---|---|---|", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            posts = Path(folder, "posts.jsonl")
            print(compare("claimx", sys.executable, args.documents, args, posts), flush=True)
            print(compare("bare", sys.executable, args.documents, args, posts), flush=True)
            if args.peer_python:
                print(compare("langextract", args.peer_python, args.documents, args, posts))
            if args.more_documents:
                print(compare("claimx", sys.executable, args.more_documents, args, posts))


if __name__ == "__main__":
    main()
