"""The shapes of OpenAI's answers: those of completions, and those of chats, whole and in parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shape:
    """How texts are told.

    Args:
        prefix: of an answer's id.
        whole_name: what a whole answer is called.
        part_name: what a part of one is called.
        chat: whether a text is a message.
    """

    prefix: str
    whole_name: str
    part_name: str
    chat: bool

    def whole(self, place: int, text: str, reason: str) -> dict[str, Any]:
        """Return a whole text."""
        told: dict[str, Any] = {"message": {"role": "assistant", "content": text}} if self.chat else {"text": text}
        return {"index": place, **told, "logprobs": None, "finish_reason": reason}

    def opening(self, place: int) -> list[dict[str, Any]]:
        """Return what comes before the first part."""
        return [self._part(place, {"role": "assistant", "content": ""}, None)] if self.chat else []

    def parts(self, place: int, text: str, reason: str | None) -> list[dict[str, Any]]:
        """Return a piece of text; the last of a chat is followed by why it is the last."""
        if not self.chat:
            return [{"index": place, "text": text, "logprobs": None, "finish_reason": reason}]
        said = [self._part(place, {"content": text}, None)] if text else []
        return said + ([self._part(place, {}, reason)] if reason else [])

    @staticmethod
    def _part(place: int, delta: dict[str, str], reason: str | None) -> dict[str, Any]:
        return {"index": place, "delta": delta, "logprobs": None, "finish_reason": reason}


TEXT = Shape("cmpl", "text_completion", "text_completion", chat=False)
CHAT = Shape("chatcmpl", "chat.completion", "chat.completion.chunk", chat=True)
