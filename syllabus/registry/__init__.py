"""The registered model: the gates it passed, its package, its card, its versions."""
