"""Models and results as JSON in the lake's bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from tickertape.domain.analysis.models import BadModel, Model, from_document, to_document
from tickertape.domain.analysis.results import SCHEMA_VERSION, AnalysisResult
from tickertape.lake.keys import ANALYSES, analysis_key, model_card_key, model_key
from tickertape.ports.analysis import AnalysisFailed
from tickertape.ports.lake import ObjectMissing, ObjectStore

_RESULT = TypeAdapter(AnalysisResult)
_AGAIN = "make one with `tickertape analysis run`"
_DOCUMENT = TypeAdapter(dict[str, Any])


class LakeModels:
    """The ModelStore port over a bucket.

    A model is JSON, not a pickle: nothing runs when it is read, and it does not depend on the version of a library.
    """

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def put_model(self, name: str, version: str, model: Model, card: Mapping[str, Any]) -> None:
        """Keep a model and its card; see the port."""
        with _answering():
            self._objects.put(model_card_key(name, version), to_json(dict(card), indent=2))
            self._objects.put(model_key(name, version), to_json(to_document(model)))

    def model(self, name: str, version: str) -> Model:
        """A model that was kept; see the port."""
        try:
            with _answering():
                body = self._objects.get(model_key(name, version))
            return from_document(_DOCUMENT.validate_json(body))
        except ObjectMissing as error:
            raise AnalysisFailed(f"there is no model {name} of version {version}: {_AGAIN}") from error
        except (BadModel, ValidationError) as error:
            raise AnalysisFailed(f"the model {name} of version {version}: {_first_line(error)}; {_AGAIN}") from error

    def put_result(self, result: AnalysisResult) -> None:
        """Keep a result; see the port."""
        with _answering():
            self._objects.put(analysis_key(result.version), _RESULT.dump_json(result))

    def newest_result(self) -> AnalysisResult | None:
        """The newest result; see the port."""
        with _answering():
            keys = [key for key in self._objects.keys(ANALYSES) if key.endswith(".json")]
            body = self._objects.get(keys[-1]) if keys else None
        if body is None:
            return None
        try:
            schema = _DOCUMENT.validate_json(body).get("schema_version")
            if schema != SCHEMA_VERSION:
                raise AnalysisFailed(f"{keys[-1]}: schema {SCHEMA_VERSION} was expected, {schema!r} came: {_AGAIN}")
            return _RESULT.validate_json(body)
        except ValidationError as error:
            raise AnalysisFailed(f"{keys[-1]} cannot be read: {_first_line(error)}; {_AGAIN}") from error


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise AnalysisFailed(f"the lake does not answer: {' '.join(str(error).split())}") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
