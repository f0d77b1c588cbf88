"""What people decide about edits, kept line by line and taken in by the next extraction."""
