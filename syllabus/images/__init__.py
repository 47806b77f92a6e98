"""Pictures: where they come from, what one becomes, which are alike, and how they are packed into a table."""
