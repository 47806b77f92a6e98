"""A package over HTTP: rows in as JSON, answers out, for programs and, on one page, for people."""
