"""Conditions of genes, as a laboratory keeps them."""
