"""Documents for a language model: where they come from, what is personal in them, which are alike, their alphabets."""
