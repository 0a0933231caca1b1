"""The demo laboratory: real public sample genomes, invented people."""
