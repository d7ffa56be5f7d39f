"""What can go wrong between a source and a record? One sentence for each code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    # The client: something was not sent, or nothing came.
    "circuit-open": "The source failed too often lately; nothing is sent until a probe may go through.",
    "connect-failed": "No connection to the origin: nobody listens, or TLS failed.",
    "connection-lost": "The connection broke before an answer came.",
    "egress": "The operator's egress, or the rule of public addresses, forbids the request.",
    "foreign-origin": "A request would leave the origin that the credentials are for.",
    "headers-too-large": "The answer has more header fields than any answer needs.",
    "protocol": "What came is not HTTP.",
    "rate-limited": "The source said when to come back, and that is too long to wait for here.",
    "request": "A request cannot be written: a template has no value, or one that does not fit its place.",
    "resolve-failed": "The host has no address at the moment.",
    "timeout": "The exchange took longer than the connector's timeout.",
    "tls": "The certificate of the origin is not trusted.",
    "token-missing": "The token answer holds no token.",
    "token-refused": "The token endpoint refused the credentials, or failed.",
    # The answer as a whole.
    "authentication": "The source refuses the credentials.",
    "coding-broken": "The body is not the gzip or deflate that it claims to be.",
    "coding-unknown": "The body has a content coding that was not asked for.",
    "http-status": "The source answered with a status that means failure.",
    "response-too-large": "The body is larger than max_response, also while it was inflated.",
    "response-truncated": "The body breaks off before its end.",
    # The walk from page to page.
    "cursor-plateau": "More records share one cursor value than a page holds: the walk cannot get past them.",
    "endless-paging": "The walk had more pages than any stream has.",
    "for-each-type": "A value of for_each is no text, number or boolean.",
    "incremental-start": "The start of an incremental stream is no value of its cursor's type.",
    "keyset-null": "The last record of a page lacks a value that the next page has to start after.",
    "keyset-order": "A page is not sorted by what the next one starts after: some may be passed over.",
    "link-invalid": "The next link is no URL.",
    "link-origin": "The next link leads to another origin.",
    "page-repeated": "The source gave the same page again.",
    "paging-type": "A paging value is of a type that nothing can be done with.",
    "token-repeated": "A paging token came a second time: the walk would go in a circle.",
    "token-type": "The value to resume with is no token.",
    "window-indivisible": "A window should be split but cannot be made smaller.",
    # Deletes by enumeration.
    "nothing-came": "A complete reading held no record at all: nothing is taken for deleted.",
    "not-complete": "The reading was not complete: nothing is taken for deleted.",
    "over-limit": "More would be deleted at once than the stream's limit allows: nothing is.",
    # The body, and single records in it.
    "body-empty": "The body is empty.",
    "control-character": "A text holds a control character that is not escaped.",
    "duplicate-key": "An object has one key twice.",
    "expression-error": "An expression has no value for what it reads.",
    "json-damaged": "The body holds more bad values than are looked at.",
    "json-syntax": "The body is no JSON.",
    "json-truncated": "The JSON ends too early.",
    "key-null": "The record's key is null or absent.",
    "deletion-undated": "A list of deletes does not say when a record was deleted.",
    "key-too-long": "The record's key is longer than an index can hold.",
    "key-type": "The record's key is a list or an object.",
    "lone-surrogate": "A text holds half a surrogate pair.",
    "not-json": "The body is a page of HTML or XML.",
    "not-utf8": "A text, or the body, is not UTF-8.",
    "nul-character": "A text holds a NUL character.",
    "number-not-finite": "NaN or Infinity is no number.",
    "number-too-large": "A number with more digits, or a larger exponent, than can be kept.",
    "records-missing": "There is nothing where the records should be.",
    "records-type": "What stands where the records should be is neither a list nor an object.",
    "too-deep": "Objects and lists nest deeper than is read.",
    # The files.
    "wrong-time-format": "Not a format of times.",
}

NOTES: Final[Mapping[str, str]] = {
    "order-broken": "Records came in another order than is declared: the watermark waits for the end.",
    "resync": "The source declared the watermark void: the stream was read from its start.",
    "retention": "The watermark is older than the source remembers: the stream was read from its start.",
    "total-moved": "The number of records that the source announces changed during the walk.",
    "total-not-reached": "The walk ended with fewer records than the source announced.",
}
"""What a run says besides, where nothing failed and yet not all is certain."""
