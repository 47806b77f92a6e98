import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import packed
import polars as pl
import pytest
import torch
import uvicorn
from services import client, told
from starlette.testclient import TestClient

from syllabus import generation
from syllabus.deep.decoder import Decoder, Shape
from syllabus.deep.together import Together
from syllabus.deep.writing import continued
from syllabus.models import Model, load
from syllabus.serving.http.app import application
from syllabus.serving.http.following import opened
from syllabus.serving.http.options import Options
from syllabus.serving.http.service import Service
from syllabus.serving.language.writer import Wanted, Writer
from syllabus.settings import Samples


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed.language(tmp_path_factory.mktemp("language"))


@pytest.fixture(scope="module")
def asking(made: Path) -> Iterator[TestClient]:
    with client(made, limits={"tokens": 100}) as one:
        yield one


@contextmanager
def listening(package: Path) -> Iterator[str]:
    """Serve a package in a thread, over a real socket."""
    options = Options(str(package))
    service = Service(options, opened(options))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = uvicorn.Server(uvicorn.Config(application(service), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://localhost:{taken.getsockname()[1]}/v1"
        finally:
            server.should_exit = True
            thread.join()
            service.served.close()


@pytest.fixture(scope="module")
def official(made: Path) -> Iterator[openai.OpenAI]:
    with listening(made) as url, openai.OpenAI(base_url=url, api_key="none", max_retries=0) as one:
        yield one


def alone(made: Path, prompt: str, *, seed: int, **asked: Any) -> str:
    """Return what the model writes where nobody else asks."""
    return "".join(generation.write(load(made / "model"), prompt, Samples(**asked), seed=seed))


def test_the_official_client_gets_what_the_model_writes(official: openai.OpenAI, made: Path) -> None:
    (model,) = official.models.list().data
    wanted = alone(made, "A sees", seed=5, tokens=30, temperature=0.7, top_p=0.9)
    asked: Any = {"model": model.id, "prompt": "A sees", "max_tokens": 30, "temperature": 0.7, "top_p": 0.9, "seed": 5}
    whole = official.completions.create(**asked)
    assert whole.choices[0].text == wanted
    assert whole.usage is not None
    assert (whole.usage.prompt_tokens, whole.usage.total_tokens) == (6, 6 + whole.usage.completion_tokens)
    with official.completions.create(**asked, stream=True, stream_options={"include_usage": True}) as stream:
        parts = list(stream)
    assert "".join(one.choices[0].text for one in parts[:-1]) == wanted
    assert parts[-1].usage == whole.usage
    assert len(parts) > 3


def test_the_official_client_chats(official: openai.OpenAI, made: Path) -> None:
    messages: Any = [
        {"role": "system", "content": "A sees"},
        {"role": "user", "content": [{"type": "text", "text": "B"}]},
    ]
    stop = alone(made, "A sees\n\nB", seed=1, tokens=20, temperature=1.5, top_p=1.0)[6:9]
    wanted = alone(made, "A sees\n\nB", seed=1, tokens=20, temperature=1.5, top_p=1.0, stop=(stop,))
    asked: Any = {
        "model": "corpus",
        "messages": messages,
        "max_completion_tokens": 20,
        "temperature": 1.5,
        "seed": 1,
        "stop": stop,
    }
    whole = official.chat.completions.create(**asked)
    assert (whole.choices[0].message.role, whole.choices[0].message.content) == ("assistant", wanted)
    assert whole.choices[0].finish_reason == "stop"
    assert wanted
    with official.chat.completions.create(**asked, stream=True) as stream:
        deltas = [one.choices[0].delta.content or "" for one in stream]
    assert "".join(deltas) == wanted


def test_the_official_client_hears_what_is_wrong(official: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="corpus is"):
        official.completions.create(model="other", prompt="A")
    with pytest.raises(openai.UnprocessableEntityError, match="n: is not supported"):
        official.completions.create(model="corpus", prompt="A", n=2)


def test_texts_of_several_requests_are_those_of_each_alone(official: openai.OpenAI, made: Path) -> None:
    prompts = [f"{one} {verb}" for one in "ABCD" for verb in ("sees", "hears the", "")]

    def ask(place: int) -> str:
        # Longer than the context: what was read is read again meanwhile.
        found = official.completions.create(
            model="corpus", prompt=prompts[place], max_tokens=60, seed=place, temperature=0
        )
        return found.choices[0].text

    with ThreadPoolExecutor(len(prompts)) as pool:
        together = list(pool.map(ask, range(len(prompts))))
    assert together == [
        alone(made, prompt, seed=place, tokens=60, temperature=0.0) for place, prompt in enumerate(prompts)
    ]


def test_several_prompts_are_answered_in_their_order(asking: TestClient, made: Path) -> None:
    asked = {"model": "corpus", "prompt": ["A sees", "B hears"], "max_tokens": 10, "temperature": 0}
    found = asking.post("/v1/completions", json=asked).json()["choices"]
    assert [one["index"] for one in found] == [0, 1]
    assert [one["text"] for one in found] == [
        alone(made, prompt, seed=0, tokens=10, temperature=0.0) for prompt in asked["prompt"]
    ]


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


def test_a_model_that_counts_runs_is_served_too(tmp_path: Path) -> None:
    package = packed.language(tmp_path, "ngram")
    with client(package) as asking:
        asked = {"model": "corpus", "prompt": "A s", "max_tokens": 10, "temperature": 0}
        found = asking.post("/v1/completions", json=asked).json()
    assert found["choices"][0]["text"] == alone(package, "A s", seed=0, tokens=10, temperature=0.0)


ASKED = {"model": "corpus", "prompt": "A"}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": None}, "model: must be the name"),
    "prompt": ({"prompt": [1, 2]}, "prompt: must be a text, or a list of texts"),
    "prompts": ({"prompt": ["a"] * 17}, "prompt: 17 are more than the 16"),
    "typo": ({"max_token": 3}, "max_token: is no part of this request; did you mean max_tokens?"),
    "tokens": ({"max_tokens": 101}, "max_tokens: must be a whole number from 1 to 100"),
    "no tokens": ({"max_tokens": 0}, "max_tokens: must be a whole number from 1 to 100"),
    "temperature": ({"temperature": -1}, "temperature: must be a number from 0 to 2"),
    "truth": ({"temperature": True}, "temperature: must be a number from 0 to 2"),
    "top_p": ({"top_p": 1.5}, "top_p: must be a number from 0 to 1"),
    "stop": ({"stop": ["a"] * 5}, "stop: must be a text, or a list of up to four"),
    "empty stop": ({"stop": ""}, "stop: must be a text, or a list of up to four"),
    "seed": ({"seed": 1.5}, "seed: must be a whole number"),
    "stream": ({"stream": "yes"}, "stream: must be true or false"),
    "echo": ({"echo": True}, "echo: is not supported by this model"),
    "logprobs": ({"logprobs": 3}, "logprobs: is not supported by this model"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_for_a_text_is_refused_in_a_sentence(asking: TestClient, name: str) -> None:
    change, said = WRONG[name]
    status, message = told(asking.post("/v1/completions", json=ASKED | change))
    assert status == 422
    assert message.startswith(said)


def test_a_wrong_chat_is_refused_in_a_sentence(asking: TestClient) -> None:
    for messages, said in (
        ([], "messages: must be a list of one or more"),
        (
            [{"role": "robot", "content": "a"}],
            "messages[0]: must be an object with role (system, developer, user, assistant)",
        ),
        ([{"role": "user"}], "messages[0].content: must be a text"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], "messages[0].content: must be a text"),
    ):
        status, message = told(asking.post("/v1/chat/completions", json={"model": "corpus", "messages": messages}))
        assert (status, message.startswith(said)) == (422, True), message


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


def test_what_was_written_is_counted_and_logged_without_its_words(made: Path, tmp_path: Path) -> None:
    with client(made, log={"folder": str(tmp_path)}) as asking:
        asking.post("/v1/completions", json=ASKED | {"max_tokens": 7, "prompt": "secret", "temperature": 2})
        counts = asking.get("/metrics").text
    assert 'syllabus_tokens_total{kind="read"} 6.0' in counts
    (file,) = tmp_path.glob("*/*.parquet")
    table = pl.read_parquet(file)
    assert table.columns == ["asked at", "model", "version", "tokens read", "tokens written", "ended by"]
    assert table["tokens read"].to_list() == [6]
    assert b"secret" not in file.read_bytes()


def test_the_page_and_the_document_of_a_language_model(asking: TestClient) -> None:
    page = asking.get("/")
    assert "<textarea" in page.text
    assert "script-src 'sha256-" in page.headers["content-security-policy"]
    document = asking.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        if "post" in operations:
            example = operations["post"]["requestBody"]["content"]["application/json"]["example"]
            assert asking.post(path, json=example).status_code == 200
    assert asking.get("/v1/models/corpus").json()["outputs"] == [{"name": "text", "datatype": "BYTES", "shape": [-1]}]


def test_generation_ends_as_before(made: Path) -> None:
    model: Model = load(made / "model")
    with client(made) as asking:
        found = asking.post(
            "/v1/completions", json=ASKED | {"max_tokens": 40, "seed": 2, "stop": ["tree", "sea"]}
        ).json()
    wanted = "".join(
        generation.write(model, "A", Samples(tokens=40, temperature=1.0, top_p=1.0, stop=("tree", "sea")), seed=2)
    )
    assert found["choices"][0]["text"] == wanted
