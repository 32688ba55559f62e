"""Any table, opened lazily: files, frames, SQL and Spark, and how a long read is stopped."""
