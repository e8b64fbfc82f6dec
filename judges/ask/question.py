"""Asks one question with the client that openapi-python-client made: a token, then two records."""

import os
from base64 import b64encode

from titian_client import AuthenticatedClient
from titian_client.api.bantuan_sosial import list_bantuan
from titian_client.api.token import token
from titian_client.models import TokenBody, TokenBodyGrantType

base = os.environ["BASE"]
pair = b64encode(f"{os.environ['CLIENT_ID']}:{os.environ['CLIENT_SECRET']}".encode()).decode()
granted = token.sync(
    client=AuthenticatedClient(base, pair, prefix="Basic", raise_on_unexpected_status=True),
    body=TokenBody(TokenBodyGrantType.CLIENT_CREDENTIALS),
)
answer = list_bantuan.sync(client=AuthenticatedClient(base, granted.access_token, raise_on_unexpected_status=True), program=["PKH"], limit=2)
assert {record.program for record in answer.data} == {"PKH"}
assert {type(record.id) for record in answer.data} == {str}
print(f"200, {answer.meta.count} records, complete {str(answer.meta.complete).lower()}, first {answer.data[0].id}")
