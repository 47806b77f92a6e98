"""A language model over HTTP, as OpenAI's clients ask one: completions and chats, whole or token by token."""
