"""Rows of a picture, a text and columns: what may be declared of each, and which rows are alike."""
