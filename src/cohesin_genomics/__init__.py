"""The science of Cohesin: reading genomes, annotating, filtering and ranking variants. Usable alone."""

__version__ = "0.1.0"
