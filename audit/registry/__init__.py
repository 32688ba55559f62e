"""A register of kept runs: as pages that can be published anywhere, and as a database for those who query."""
