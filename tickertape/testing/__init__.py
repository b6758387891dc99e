"""A pytest plug-in for pipelines on AWS: emulators, Redis, Mongo and a whole Compose stack as fixtures.

    pip install "tickertape[testing]"

    def test_my_pipeline(ministack, redis_server):
        kinesis = ministack.client("kinesis")
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
        assert redis_server.url.startswith("redis://127.0.0.1:")

Fixtures (`pytest --fixtures` tells more): `ministack`, `localstack`, `localstack_pypi`, each an `emulators.Emulator`;
`redis_server` and `mongo_server`, each a `servers.Server`; `compose_stack`, a `compose.ComposeStack` of what your
`compose_plan` says. Each is started once a session, on a free port of 127.0.0.1, and is ready when a test gets it.
When a test fails, what the servers wrote meanwhile is part of its report. Everything is removed at the end, and by a
watchdog when the run is killed. Images and programs are options: `pytest --help`, section "servers for tests".
"""
