"""
A secret that somebody could find again, in every auth type: after a sync it is found nowhere.

Every server that is asked echoes the whole request: in answers that are kept, in failures, in the
refusal of a token, and in redirects to another host. Searched are both outputs with debug logs, those of
the commands that show what is stored, and every row of every table, bodies inflated.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, quote_plus

import psycopg
import pytest
import zstandard

from engine.fetch.auth import Authenticator
from engine.spec.component import family
from tests.acceptance import warm
from tests.integration.serving import Asked, Told, serving, write

CANARY = 'cAnary-7/+Qz=&"\\x9%41~end'
TOKEN = "t0ken-of-the-cAnary/+=27"

AUTHS = {
    "none": "none",
    "basic": '{type: basic, username: admin, password: "${secret.key}"}',
    "bearer": '{type: bearer, token: "${secret.key}"}',
    "api_key": '{type: api_key, send: {header.X-Api-Key: "${secret.key}", query.k: "${secret.key}"}}',
    "oauth2_client_credentials": (
        "{type: oauth2_client_credentials, token_url: '${config.url}/token', client_id: app,"
        ' client_secret: "${secret.key}", client: body, parameters: {again: "${secret.key}"}}'
    ),
}
STREAMS = ("good", "failing", "broken", "refused", "away", "denied")

CONNECTOR = """
connector: {name}
config:
  url: {{type: string}}
secrets:
  key: {{description: The canary}}
http:
  base_url: ${{config.url}}
  headers: {{X-Also: "${{secret.key}}"}}
  auth: {auth}
  retry: {{attempts: 1}}
  breaker: {{minimum: 1000}}
  timeout: 20s
streams:
{streams}
"""
STREAM = """
  {stream}:
    path: /{stream}/${{secret.key}}
    query: {{q: "${{secret.key}}"}}
    method: POST
    body: {{json: {{in: "${{secret.key}}"}}}}
    records: things
    key: id
"""

pytestmark = pytest.mark.database


class World:
    """The API that echoes, and the host that a redirect leads to."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.astray: list[Asked] = []
        self.elsewhere = ""

    def api(self, asked: Asked) -> Told:
        self.asked.append(asked)
        text = f"{asked.method} {asked.target} {dict(asked.headers)} {asked.body.decode()}"
        echo = {"echo": text, "headers": dict(asked.headers), "body": asked.body.decode()}
        kind = asked.target.split("/")[1]
        headers = {"X-Request-Id": asked.headers.get("x-also", "")}
        if kind == "token":
            return Told(body=json.dumps({"access_token": TOKEN, "expires_in": 3600, **echo}).encode())
        if kind == "good":
            things = [{"id": 1, "text": text}, {"id": text, "text": "b"}, {"id": None, "text": text}]
            return Told(headers=headers, body=json.dumps({"things": things, **echo}).encode())
        if kind == "away":
            return Told(status=302, headers={"Location": f"{self.elsewhere}{asked.target}", **headers})
        status = {"failing": 503, "refused": 400, "denied": 401, "tokenless": 400}.get(kind, 200)
        return Told(status=status, headers=headers, body=json.dumps(echo).encode())

    def other(self, asked: Asked) -> Told:
        self.astray.append(asked)
        return Told(body=b'{"things": []}')


def _forms(secret: str) -> Iterator[bytes]:
    """Ways in which somebody could still read it; written without the masker's own code."""
    texts = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), quote(secret).lower()}
    texts |= {json.dumps(secret)[1:-1], repr(secret)[1:-1], json.dumps(json.dumps(secret)[1:-1])[1:-1]}
    for front in ("", "a", "ab", "admin:", "app:"):
        lead = len(base64.b64encode(front.encode()).rstrip(b"="))
        texts.add(base64.b64encode((front + secret).encode()).decode()[lead:-4])
    yield from (each.encode() for each in texts)


def _found(where: bytes) -> list[bytes]:
    return [form for secret in (CANARY, TOKEN) for form in _forms(secret) if form in where]


def _dump(url: str) -> Iterator[tuple[str, bytes]]:
    """Every row of every table as text, and every body as it was kept."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            for (row,) in connection.execute(f"SELECT t::text FROM {table} t"):
                yield table, row.encode()
        for digest, packed in connection.execute("SELECT sha256, bytes FROM syncline.body"):
            body = zstandard.ZstdDecompressor().decompress(packed, max_output_size=1 << 24)
            yield f"body {digest.hex()}", body


def _run(folder: Path, *words: str) -> warm.Done:
    environment = {**os.environ, "CANARY": CANARY}
    return warm.run([*words, "--debug"], folder=folder, environment=environment)


def _project(folder: Path, database: str, api: str, elsewhere: str) -> Path:
    sources = "\n".join(
        f'  {name}: {{connector: c_{name}, config: {{url: "{api}"}}, secrets: {{key: env:CANARY}}}}'
        for name in AUTHS
    )
    sources += (
        f'\n  tokenless: {{connector: c_oauth2_client_credentials, config: {{url: "{api}/tokenless"}},'
        " secrets: {key: env:CANARY}}"
    )
    files = {
        "syncline.yaml": f"project: secrets\ndatabase: {database}\nsources:\n{sources}\n"
        f'egress: {{allow: ["{api}", "{elsewhere}"]}}\n',
        "mappings/entities/thing.yaml": "entity: thing\nfields: {text: {type: text, required: true}}\n",
        "mappings/policies/thing.yaml": f"policy: thing\ndefault: {{prefer: [{', '.join(AUTHS)}]}}\n",
    }
    for name, auth in AUTHS.items():
        streams = "".join(STREAM.format(stream=stream) for stream in STREAMS)
        files[f"specs/c_{name}.yaml"] = CONNECTOR.format(name=f"c_{name}", auth=auth, streams=streams)
        for stream in STREAMS:
            files[f"mappings/c_{name}/{stream}.yaml"] = (
                f"from: c_{name}.{stream}\nto: thing\nfields: {{text: text}}\n"
            )
    return write(folder, files)


def test_every_auth_type_is_tried() -> None:
    assert AUTHS.keys() == family(Authenticator).keys()


def test_a_canary_is_found_nowhere_after_a_sync(database_url: str, tmp_path: Path) -> None:
    world = World()
    with ExitStack() as stack:
        api = stack.enter_context(serving(world.api))
        world.elsewhere = stack.enter_context(serving(world.other))
        folder = _project(tmp_path / "project", database_url, api, world.elsewhere)
        runs = {"sync": _run(folder, "sync")}
        assert runs["sync"].code == 3, runs["sync"].err[-3000:]
    for words in (("status",), ("raw", "list"), ("raw", "show", "1"), ("dead-letters", "list")):
        runs[" ".join(words)] = _run(folder, *words)
        assert runs[" ".join(words)].code == 0, runs[" ".join(words)].err[-3000:]
    # The canary was really there to be found: sent in every place, and echoed.
    sent = b"".join(f"{each.target} {dict(each.headers)}".encode() + each.body for each in world.asked)
    for auth in AUTHS:
        assert runs["sync"].out.count(auth)
    assert {stream for each in world.asked for stream in STREAMS if f"/{stream}/" in each.target} == {
        *STREAMS
    }
    assert {each.headers.get("x-also") for each in world.asked} == {CANARY, None}
    assert TOKEN.encode() in sent
    assert quote(CANARY, safe="").encode() in sent
    assert base64.b64encode(f"admin:{CANARY}".encode()) in sent
    assert b"***" in b"".join(text for _, text in _dump(database_url))
    for name, run in runs.items():
        assert _found(run.out.encode()) == [], f"{name}: stdout"
        assert _found(run.err.encode()) == [], f"{name}: stderr"
    assert any(each.target == "/tokenless/token" for each in world.asked)
    assert '"answer"' in runs["sync"].err, "no debug log was written"
    for place, text in _dump(database_url):
        assert _found(text) == [], place
    assert world.astray == [], "a redirect was followed to another host"
    for path in folder.rglob("*"):
        assert path.is_dir() or _found(path.read_bytes()) == [], path
