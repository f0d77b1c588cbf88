"""What a portal's CMS looks like, and reading a page with that knowledge. Stands on `archive` only."""
