"""Providers on 127.0.0.1: real servers that answer with recorded envelopes."""
