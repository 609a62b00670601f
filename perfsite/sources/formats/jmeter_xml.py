"""JMeter's samples as XML: `jmeter -l FILE.jtl -Jjmeter.save.saveservice.output_format=xml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TextIO

from perfsite.sources.xml_events import opening_tags, read_tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COLUMNS: Final = (
    "timeStamp", "elapsed", "label", "responseMessage", "success", "bytes", "sentBytes", "Latency", "Connect"
)  # fmt: skip
"""What `read_samples` gives of each sample, under the names of the CSV form."""
# The second spelling is that of JMeter 2.0.
_ATTRIBUTES: Final = (
    ("ts", "timeStamp"), ("t", "time"), ("lb", "label"), ("rm", "responseMessage"), ("s", "success"), ("by", ""),
    ("sby", ""), ("lt", ""), ("ct", ""),
)  # fmt: skip


def accepts_xml(head: str) -> bool:
    """Whether a file that begins so is a JTL in XML: `testResults`."""
    tags = opening_tags(head)
    return bool(tags) and tags[0].name == "testResults"


def read_samples(stream: TextIO, *, origin: str, hint: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (place, cells by COLUMNS) of each sample; what was not written is empty.

    Samples within a sample (embedded resources, the requests of a transaction) are parts of it: JMeter's reports do
    not count them beside it.
    """
    depth = 0
    for tag in read_tags(stream, origin=origin, hint=hint):
        if not tag.is_open:
            depth -= 1
            continue
        depth += 1
        if depth == 2:
            yield tag.at, [_attribute(tag.attributes, *names) for names in _ATTRIBUTES]


def _attribute(attributes: Mapping[str, str], name: str, old: str) -> str:
    return attributes.get(name) or (attributes.get(old, "") if old else "")
