"""In-memory implementations of the ports; the contract tests run them beside the real adapters."""
