"""The batch: everything that is counted is counted here, from the lake, as a pure function of what is in it."""
