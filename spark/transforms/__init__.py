"""Pure functions from DataFrame to DataFrame; nothing here reads or writes."""
