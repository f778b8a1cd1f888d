"""Pictures of all pages, to be looked at."""
