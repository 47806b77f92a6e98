"""A package in use: it is opened without trust, asked about new rows, and answers them."""
