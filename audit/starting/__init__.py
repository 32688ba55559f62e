"""A first policy for a table: what its columns look like, and a draft to correct."""
