"""Text segments in, findings out: candidates, validators, context, records, scores."""
