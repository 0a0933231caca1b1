"""Gene panels: named sets of genes that a report looks at."""
