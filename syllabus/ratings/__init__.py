"""What ratings are made of: options, rows, who saw what, how items rank for a user, how factors are fitted."""
