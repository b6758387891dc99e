"""What the use cases need from the outside, as Protocols. Adapters and their fakes implement these and share tests."""
