"""Open the models and recordings of a run, and run coroutines from blocking code."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from claimx.errors import RunStopped
from claimx.judge import load_judge_prompt
from claimx.judge.reread import load_reread_prompt
from claimx.llm.cassettes import Recording, read_recording
from claimx.llm.prompts import Prompt
from claimx.settings import EXTRACTIVE, Settings, make_settings
from claimx.version import __version__

if TYPE_CHECKING:
    from claimx.llm.client import Model
    from claimx.llm.common import Common

T = TypeVar("T")
STOPPED = "not asked, because the run was stopped. Run it again to go on."
# How often to look whether another thread wants a run to end.
_LOOK_S = 0.05


class Asked(NamedTuple):
    """A further model, with the prompt for its question."""

    model: "Model"
    prompt: Prompt


class Session(NamedTuple):
    """
    The models of a run: *model* extracts claims, None if none is needed.

    *rereader* reads the claims again and *judge* decides which are equivalent, if the
    settings say so; both may use the extracting model.
    """

    model: "Model | None" = None
    rereader: Asked | None = None
    judge: Asked | None = None


@asynccontextmanager
async def open_session(
    settings: Settings, stop: asyncio.Event | None = None, common: "Common | None" = None
) -> AsyncIterator[Session]:
    """
    Open the models named in *settings*; once *stop* is set, they send no more requests.

    They share what is *common* to the processes of a run.
    """
    if settings.model == EXTRACTIVE:
        yield Session()
        return
    from claimx.llm.client import open_model  # openai costs a second, and only this path needs it

    with open_cassettes(settings):
        async with AsyncExitStack() as stack:
            model = await stack.enter_async_context(open_model(settings, None, common))
            rereader = judge = None
            if settings.verify is not None:
                chosen, second = settings.choose_rereader(), model
                if chosen is not settings:
                    second = await stack.enter_async_context(open_model(chosen, model, common))
                rereader = Asked(second, load_reread_prompt(settings.prompts))
            if settings.judge:
                longest = settings.choose_judge()
                longer = await stack.enter_async_context(open_model(longest, model, common))
                judge = Asked(longer, load_judge_prompt(settings.prompts))
            others = (one.model for one in (rereader, judge) if one)
            await stack.enter_async_context(_stopping(stop, *others, model))
            yield Session(model, rereader, judge)


@asynccontextmanager
async def _stopping(stop: asyncio.Event | None, *models: "Model") -> AsyncIterator[None]:
    """Let *models* send no more requests once *stop* is set."""
    reason = RunStopped(STOPPED)

    async def wait() -> None:
        if stop is not None:
            await stop.wait()
            for model in models:
                model.stop(reason)

    waiting = asyncio.create_task(wait())
    try:
        yield
    finally:
        waiting.cancel()


def open_cassettes(settings: Settings) -> AbstractContextManager[None]:
    """Open the folder that *settings* record to, if there is one."""
    if settings.replay is not None or settings.record is None:
        return nullcontext()
    from claimx.llm.recorder import record_answers  # vcrpy is slow to import

    about = Recording(
        claimx_version=__version__, model=str(settings.model), settings=settings.shaping()
    )
    return record_answers(settings.record, about)


def resolve_settings(options: dict[str, Any], earlier: dict[str, Any] | None = None) -> Settings:
    """
    Combine *options* with the environment and, for a replay, with the recording's settings.

    *earlier* are the settings of a table to add to: they override the environment.

    Raises:
        InputError: If an option is wrong, or the folder to replay holds no recording.
    """
    settings = make_settings(options, earlier)
    if settings.replay is None:
        return settings
    recording = read_recording(settings.replay)
    return make_settings(options, {"model": recording.model} | recording.settings)


@asynccontextmanager
async def follow_event(stop: threading.Event | None) -> AsyncIterator[asyncio.Event]:
    """Give an event of the running loop that is set once *stop*, of any thread, is."""
    event = asyncio.Event()

    async def follow(followed: threading.Event) -> None:
        while not followed.is_set():
            await asyncio.sleep(_LOOK_S)
        event.set()

    following = asyncio.create_task(follow(stop)) if stop is not None else None
    try:
        yield event
    finally:
        if following is not None:
            following.cancel()


def run_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """
    Run *coroutine* to its end, as `asyncio.run` does, but keep its result out of the task.

    Where a loop ends, Python writes out its task, result and all, only to throw that away.
    """
    kept: list[T] = []

    async def run() -> None:
        kept.append(await coroutine)

    asyncio.run(run())
    return kept[0]


def run_blocking(start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """
    Run the coroutine made by *start*; inside a running event loop, in a thread of its own.

    Ctrl-C cancels it in either case.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return run_loop(start())
    cancel: list[Callable[[], object]] = []

    async def run() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is not None:
            cancel.append(lambda: loop.call_soon_threadsafe(task.cancel))
        return await start()

    with ThreadPoolExecutor(max_workers=1) as thread:
        running = thread.submit(lambda: run_loop(run()))
        try:
            return running.result()
        except KeyboardInterrupt:
            for one in cancel:
                one()
            raise
