"""Reading and writing VCF."""
