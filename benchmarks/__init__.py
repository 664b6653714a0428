"""Every figure that the docs quote: `python -m benchmarks` from the repository's root."""
