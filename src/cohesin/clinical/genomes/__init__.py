"""Genomes: uploaded variant files, their annotation, and the Parquet files made of them."""
