"""Throw-away servers, synthetic patients, the demo and the benchmarks."""
