"""Documents as compact JSON."""

from __future__ import annotations

import json
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.pages.documents import dump

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=40,
)


@given(st.dictionaries(st.text(), _JSON, max_size=5))
def test_a_document_reads_back_as_it_was(document: dict[str, object]) -> None:
    assert json.loads(dump(document)) == document


@given(st.lists(st.sampled_from([None, 0.1, 1e-9, 3.0, -2.5]), min_size=16, max_size=80))
def test_numbers_that_repeat_read_back_as_they_were(values: list[float | None]) -> None:
    text = dump({"values": values})
    assert text == json.dumps({"values": values}, separators=(",", ":")).encode()


def test_whole_numbers_and_truths_keep_their_kind() -> None:
    values = [1, True, 1.0] * 10
    assert dump({"v": values}) == json.dumps({"v": values}, separators=(",", ":")).encode()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_a_bug(bad: float) -> None:
    with pytest.raises(ValueError):
        dump({"values": [bad] * 40})
    with pytest.raises(ValueError):
        dump({"value": bad})


def test_arrays_and_mappings_are_welcome() -> None:
    document = MappingProxyType({"a": np.array([1.5, 2.5]), "b": MappingProxyType({"c": 1})})
    assert dump(document) == b'{"a":[1.5,2.5],"b":{"c":1}}'
