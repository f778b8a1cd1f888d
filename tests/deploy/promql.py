"""Which metrics and labels a PromQL expression names; enough of it for our own expressions."""

import re

from obrador.observability.metrics import labels_of

_CONTEXTS = "orchestrator|production|procurement|forecast|scheduler|tenant|outbox|http|database"
_OURS = re.compile(rf"\b(?:{_CONTEXTS})_\w+")
_SELECTOR = re.compile(r"\{([^}]*)\}")
_GROUPING = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")
_PARTS = ("_bucket", "_sum", "_count")


def metrics_in(expression: str) -> set[str]:
    """Full names of the metrics, those of a histogram's parts without the part."""
    names = _OURS.findall(_SELECTOR.sub("", _GROUPING.sub("", expression)))
    return {_whole(name) for name in names}


def unknown_in(expression: str) -> set[str]:
    """Metrics that the registry does not have, and labels that these metrics do not have."""
    names = metrics_in(expression)
    known = {label for name in names for label in labels_of.get(name, ())} | {"le"}
    selected = {
        re.split("[=!]", matcher, maxsplit=1)[0].strip()
        for matchers in _SELECTOR.findall(expression)
        for matcher in matchers.split(",")
    }
    grouped = {
        label.strip()
        for labels in _GROUPING.findall(expression)
        for label in labels.split(",")
        if label.strip()
    }
    return (names - labels_of.keys()) | (selected - known) | (grouped - known)


def _whole(name: str) -> str:
    for part in _PARTS:
        if name.endswith(part) and name not in labels_of:
            return name.removesuffix(part)
    return name
