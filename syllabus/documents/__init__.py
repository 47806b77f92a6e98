"""Texts as examples: where they come from, what one becomes, what is told of each, and which nearly say the same."""
