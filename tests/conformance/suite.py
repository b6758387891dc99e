"""All contracts, in the order in which they are observed: what restarts the target comes last."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from tests.conformance.events import EVENTS
from tests.conformance.firehose import FIREHOSE
from tests.conformance.formation import CLOUDFORMATION
from tests.conformance.kinesis import KINESIS
from tests.conformance.mappings import MAPPINGS
from tests.conformance.observations import Contract, Observation
from tests.conformance.restarts import RESTART
from tests.conformance.tables import DYNAMODB
from tests.conformance.world import Target, World

SUBJECTS = (KINESIS, MAPPINGS, FIREHOSE, DYNAMODB, CLOUDFORMATION, EVENTS, RESTART)
CONTRACTS = tuple(contract for subject in SUBJECTS for contract in subject.contracts)


class Observer:
    """Observes the contracts of one target; each in a world of its service, those in the background in their own."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._world = World(target)
        self._backgrounds: dict[str, tuple[World, Future[Observation]]] = {}
        self._threads = ThreadPoolExecutor(4)

    def begin(self, contracts: list[Contract]) -> None:
        """Begin those of these that take minutes."""
        for contract in contracts:
            if contract.background:
                world = World(self.target)
                self._backgrounds[contract.id] = world, self._threads.submit(contract.observe, world)

    def observe(self, contract: Contract) -> Observation:
        """What is found; one in the background is waited for."""
        if contract.id in self._backgrounds:
            return self._backgrounds[contract.id][1].result()
        return contract.observe(self._world)

    def close(self) -> None:
        """Remove everything."""
        self._threads.shutdown()
        for world in (self._world, *(world for world, _ in self._backgrounds.values())):
            world.close()
