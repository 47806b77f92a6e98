"""Models of series in use: they go on from histories, each series as a whole."""
