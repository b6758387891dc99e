"""Which tables the lake has: the catalogue's two places, and the crawl that fills it."""
