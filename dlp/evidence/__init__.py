"""What is kept: sealed bodies, incidents, releases; the only state that outlives a flow."""
