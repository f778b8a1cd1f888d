"""What is compiled of purchasing; see `kit.compiled`."""
