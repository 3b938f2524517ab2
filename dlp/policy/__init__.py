"""Evidence and flow in, verdict out: ordered rules, the first that matches decides."""
