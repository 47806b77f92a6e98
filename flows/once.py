"""A flow run once from the command line: by Prefect where PREFECT_API_URL names a server, else without Prefect."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import State
from prefect.settings import get_current_settings

from syllabus.errors import Unmet


def once(
    flow: Flow[..., Any],
    plain: Callable[..., Coroutine[Any, Any, str]],
    words: dict[str, Any],
    interrupted: str = "told to end",
) -> None:
    """Run a flow, say what came of it, and end the process with 1 where it failed.

    Args:
        flow: as Prefect runs it.
        plain: the same without Prefect; returns the sentence about it.
        words: what the command line asks, by name.
        interrupted: what is said when a person interrupts it.
    """
    name = flow.name
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(f"{name}: told to end"))
    try:
        if get_current_settings().api.url:
            state = asyncio.run(_by_prefect(flow, words))
            sys.exit(None if state.is_completed() else f"{name}: {state.message}")
        print(asyncio.run(plain(**words)))
    except Unmet as error:
        sys.exit("\n".join(f"{name}: {line}" for line in str(error).splitlines()))
    except KeyboardInterrupt:
        sys.exit(f"{name}: {interrupted}")


async def _by_prefect(flow: Any, words: dict[str, Any]) -> State[Any]:
    state: State[Any] = await flow(**words, return_state=True)
    return state
