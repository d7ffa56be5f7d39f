"""What is logged, and what is not."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
import structlog

from engine import telemetry


@pytest.fixture(autouse=True)
def _configured_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(telemetry, "_masks", ())
    yield
    structlog.reset_defaults()
    telemetry.configure()


def test_quiet_unless_something_is_wrong() -> None:
    stream = io.StringIO()
    telemetry.configure(stream=stream)
    log = telemetry.logger("fetch")
    log.debug("sent")
    log.info("answered")
    assert not stream.getvalue()
    log.warning("odd", count=3)
    event = json.loads(stream.getvalue())
    assert (event["event"], event["room"], event["count"], event["level"]) == ("odd", "fetch", 3, "warning")


def test_stderr_is_where_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure(debug=True)
    telemetry.logger("fetch").debug("sent")
    out, err = capsys.readouterr()
    assert not out
    assert json.loads(err)["event"] == "sent"


def test_masks_reach_tracebacks_and_no_locals_are_shown() -> None:
    stream = io.StringIO()
    telemetry.configure(debug=True, stream=stream)
    telemetry.mask_with(lambda event: json.loads(json.dumps(event, default=str).replace("canary", "***")))

    def fail() -> None:
        local = "local value"
        raise ValueError("canary" + local[:0])

    try:
        fail()
    except ValueError:
        telemetry.logger("fetch").exception("failed", said="a canary")
    text = stream.getvalue()
    assert "***" in text
    assert "ValueError" in text
    assert "canary" not in text.replace('\\"canary\\"', "")
    assert "local value" not in text
