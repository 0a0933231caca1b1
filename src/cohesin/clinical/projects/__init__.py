"""Projects: what genomes and reports are filed under."""
