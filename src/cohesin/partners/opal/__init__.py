"""The interpretation face: labs upload genomes and launch clinical reports, by the published Opal contract."""
