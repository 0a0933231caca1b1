"""Secondary-analysis jobs, as a laboratory announces them."""
