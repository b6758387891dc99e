"""The rules of the data: pure functions and values, no SDK, no clock, no environment."""
