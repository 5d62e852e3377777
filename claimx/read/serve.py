"""
Read files for another process: requests come on stdin, articles go to stdout.

A request is a line of JSON, followed by the file's bytes if it has no path. Answers are lines, too:
``article`` or ``failure`` for each article, and at last what ended the reading, such as ``done``
or ``refused``.
"""

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from claimx.errors import InputError, is_stop, name_fault
from claimx.read.file import File
from claimx.read.formats import choose_format
from claimx.read.reader import Article, ReadOptions


def read_here(file: File, options: ReadOptions) -> Iterator[Article | InputError]:
    """Read *file* with the reader of its format, in this process."""
    yield from choose_format(file, options).read(file, options)


def serve() -> None:
    """Answer requests until stdin ends. The first argument of the program limits its memory."""
    _limit_memory(int(sys.argv[1]))
    # what a library prints is no answer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        path = request["path"]
        data = sys.stdin.buffer.read(request["size"])
        file = File(request["name"], Path(path) if path else None, data)
        for answer in _answer(file, ReadOptions.model_validate(request["options"])):
            answers.write(json.dumps(answer).encode("ascii") + b"\n")
            answers.flush()


def _answer(file: File, options: ReadOptions) -> Iterator[dict[str, Any]]:
    try:
        for one in read_here(file, options):
            yield {"failure": str(one)} if isinstance(one, InputError) else {"article": one}
    except InputError as exc:
        yield {"refused": str(exc)}
    except ImportError as exc:
        yield {"missing": exc.name}
    except OSError as exc:
        yield {"unreadable": exc.strerror or str(exc)}
    except MemoryError:
        yield {"exhausted": True}
    except BaseException as exc:
        if is_stop(exc):
            raise
        yield {"fault": name_fault(exc), "trace": traceback.format_exc()}
    else:
        yield {"done": True}


def _limit_memory(most: int) -> None:
    """Limit the memory of this process, where the system can."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        # address space that is only reserved does not count; unlike with RLIMIT_AS
        _, highest = resource.getrlimit(resource.RLIMIT_DATA)
        most = most if highest == resource.RLIM_INFINITY else min(most, highest)
        resource.setrlimit(resource.RLIMIT_DATA, (most, highest))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
