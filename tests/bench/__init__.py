"""Benchmarks, each a ratio measured in one run: `uv run pytest tests/bench --benchmark-only`."""
