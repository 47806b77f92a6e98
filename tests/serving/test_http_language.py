"""Language models over HTTP, as OpenAI's clients ask them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import packed
import polars as pl
import pytest
from language_services import ASKED, alone, listening
from services import client, told
from starlette.testclient import TestClient

from syllabus import generation
from syllabus.models import Model, load
from syllabus.settings import Samples


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed.language(tmp_path_factory.mktemp("language"))


@pytest.fixture(scope="module")
def asking(made: Path) -> Iterator[TestClient]:
    with client(made, limits={"tokens": 100}) as one:
        yield one


@pytest.fixture(scope="module")
def official(made: Path) -> Iterator[openai.OpenAI]:
    with listening(made) as url, openai.OpenAI(base_url=url, api_key="none", max_retries=0) as one:
        yield one


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


def test_a_model_that_counts_runs_is_served_too(tmp_path: Path) -> None:
    package = packed.language(tmp_path, "ngram")
    with client(package) as asking:
        asked = {"model": "corpus", "prompt": "A s", "max_tokens": 10, "temperature": 0}
        found = asking.post("/v1/completions", json=asked).json()
    assert found["choices"][0]["text"] == alone(package, "A s", seed=0, tokens=10, temperature=0.0)


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
