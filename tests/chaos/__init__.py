"""Programs that break things on purpose, and prove that nothing was lost."""
