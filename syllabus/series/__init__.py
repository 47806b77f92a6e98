"""Time series: the grid that their moments stand on, repeated moments, windows, and what is learned of each series."""
