"""Benchmarks: `make bench`. Ratios against a named peer, measured in one run."""
