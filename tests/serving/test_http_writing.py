"""Texts that are written side by side: who joins, hangs up or fails, and a model that fails."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import packed
import pytest
import torch
from language_services import ASKED, listening
from services import client, told

from syllabus import generation
from syllabus.deep.decoder import Decoder, Shape
from syllabus.deep.together import Together
from syllabus.deep.writing import continued
from syllabus.serving.http.following import opened
from syllabus.serving.http.options import Options
from syllabus.serving.language.writer import Wanted, Writer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed.language(tmp_path_factory.mktemp("language"))


def test_a_decoder_continues_texts_side_by_side_as_it_does_one() -> None:
    torch.manual_seed(3)
    network = Decoder(Shape(50, 16, 32, 2, 2, 48)).eval()
    draw = np.random.default_rng(1)
    begun = [draw.integers(1, 50, size).astype(np.int32) for size in (0, 3, 15, 16, 40, 1, 7)]
    together = Together(network, len(begun))
    found: dict[int, list[int]] = {}
    lengths = {}
    waiting = list(enumerate(begun))
    while waiting or lengths:
        if waiting:  # one joins before each step
            key, codes = waiting.pop()
            together.add(key, codes, generation.chosen(0.9, 0.95, key))
            found[key], lengths[key] = [], 20 + 7 * key
        for key, code in together.step().items():
            if code == 0:
                del lengths[key]
                continue
            found[key].append(code)
            if len(found[key]) == lengths[key]:
                together.leave(key)
                del lengths[key]
    for key, codes in enumerate(begun):
        wanted = [
            code
            for _, code in zip(
                range(20 + 7 * key), continued(network, codes, generation.chosen(0.9, 0.95, key)), strict=False
            )
        ]
        assert found[key] == wanted, key


def test_whoever_hangs_up_ends_the_writing(made: Path) -> None:
    package = opened(Options(str(made)))
    writer: Any = package.writer

    async def hang_up() -> None:
        from syllabus.serving.language import asking
        from syllabus.serving.language.routes import _Heard

        body = json.dumps({"model": "corpus", "prompt": "A", "max_tokens": 100_000, "temperature": 2, "stream": True})
        heard = _Heard(package, asking.completion(body.encode(), 100_000))
        pieces = heard.pieces()
        await anext(pieces)
        assert len(writer._active) == 1
        await pieces.aclose()

    asyncio.run(hang_up())
    until = time.monotonic() + 60
    while writer._active and time.monotonic() < until:
        time.sleep(0.01)
    assert not writer._active
    package.close()


def test_a_client_that_goes_away_in_the_midst_of_a_stream_ends_it(made: Path) -> None:
    with listening(made) as url, openai.OpenAI(base_url=url, api_key="none") as one:
        stream = one.completions.create(model="corpus", prompt="A", max_tokens=2000, temperature=2, stream=True)
        next(iter(stream))
        stream.close()
        # The next one is answered as if nothing had been.
        assert one.completions.create(model="corpus", prompt="A", max_tokens=3).usage is not None


def test_a_failing_model_is_told_and_the_next_request_answered(
    made: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    with client(made) as asking:
        writer = asking.service.served.writer
        monkeypatch.setattr(writer._group, "step", lambda: 1 / 0)
        failed = asking.post("/v1/completions", json=ASKED)
        good = asking.post("/v1/completions", json=ASKED)
    assert told(failed) == (500, "the model failed; the service's log says where")
    assert good.status_code == 200
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_model_that_fails_as_texts_join_and_leave_is_told_too(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with client(made, limits={"seconds": 20}) as asking:
        writer = asking.service.served.writer
        monkeypatch.setattr(writer._group, "add", lambda *_: 1 / 0)
        assert asking.post("/v1/completions", json=ASKED).status_code == 500
        monkeypatch.setattr(writer._group, "leave", lambda _: 1 / 0)
        # One that ends by itself leaves before that is told; one that is cut has been answered by then.
        assert asking.post("/v1/completions", json=ASKED | {"max_tokens": 1000}).status_code == 500
        assert asking.post("/v1/completions", json=ASKED).status_code == 200


def test_a_long_prompt_keeps_nobody_waiting(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, begun, ended = Writer.codes, threading.Event(), threading.Event()

    def slow(writer: Writer, prompt: str) -> Any:
        begun.set()
        ended.wait(20)
        return read(writer, prompt)

    monkeypatch.setattr(Writer, "codes", slow)
    with listening(made) as url, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(httpx.post, f"{url}/completions", json=ASKED, timeout=30)
        assert begun.wait(20), waiting.result().text
        assert httpx.get(f"{url}/models", timeout=5).status_code == 200
        ended.set()
        assert waiting.result().status_code == 200


def test_whoever_held_a_writer_that_was_closed_is_answered(made: Path) -> None:
    package = opened(Options(str(made)))
    writer: Any = package.writer
    for _ in range(2):
        ended = threading.Event()
        writer.write(Wanted("A", 3), writer.codes("A"), lambda _, reason, ended=ended: ended.set() if reason else None)
        assert ended.wait(20)
        writer.close()
        until = time.monotonic() + 60
        while writer._running and time.monotonic() < until:
            time.sleep(0.01)
        assert not writer._running
