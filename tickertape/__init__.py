"""tickertape: a complete AWS streaming ETL for tweets and stock prices on one machine."""

__version__ = "0.1.0"
