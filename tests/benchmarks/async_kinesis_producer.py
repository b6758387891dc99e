"""Sends a file's lines with async-kinesis; prints the seconds it took. Run by `ingest.py` in another environment."""

import asyncio
import sys
import time
from pathlib import Path

from kinesis import Producer  # type: ignore[import-not-found]  # in `.venv-bench` only


async def send(lines: list[bytes], endpoint: str, stream: str) -> float:
    """Put every line and wait until all are flushed; returns the seconds."""
    async with Producer(stream_name=stream, endpoint_url=endpoint, region_name="us-east-1") as producer:
        began = time.perf_counter()
        for line in lines:
            await producer.put(line.decode("utf-8", "replace"))
        await producer.flush()
        return time.perf_counter() - began


if __name__ == "__main__":
    path, endpoint_url, stream_name = sys.argv[1:]
    print(asyncio.run(send(Path(path).read_bytes().split(b"\n"), endpoint_url, stream_name)))
