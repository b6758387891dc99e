"""Reading the lake and writing the curated and the serving tables."""
