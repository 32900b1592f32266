#!/usr/bin/env python3
"""Writes the test vectors of ledger entries beside this file.

It shares no code with the product: RFC 8785 (JSON canonicalization), RFC 8032 (Ed25519), DSSE (PAE), RFC 6962 (leaf hash)
and the commitments are written here from their specifications, on the Python standard library alone.

    python3 test/vectors/entries/generate.py
"""

import base64
import copy
import hashlib
import hmac
import json
import pathlib
import re

# Ed25519, RFC 8032 section 5.1

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def x_of(y, sign):
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
    assert (x * x - xx) % P == 0
    return P - x if x % 2 != sign else x


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2
    x3 = (x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P)
    y3 = (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P)
    return x3 % P, y3 % P


def times(scalar, point):
    total = (0, 1)
    while scalar > 0:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (x_of(BASE_Y, 0), BASE_Y)


def encode(point):
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def number_of(data):
    return int.from_bytes(data, "little")


def expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = number_of(digest[:32])
    return scalar & ((1 << 254) - 8) | 1 << 254, digest[32:]


def public_key(seed):
    return encode(times(expand(seed)[0], BASE))


def sign(seed, message):
    scalar, prefix = expand(seed)
    public = encode(times(scalar, BASE))
    r = number_of(hashlib.sha512(prefix + message).digest()) % L
    point = encode(times(r, BASE))
    challenge = number_of(hashlib.sha512(point + public + message).digest()) % L
    return point + ((r + challenge * scalar) % L).to_bytes(32, "little")


# RFC 8032 section 7.1, test 2: the code above is what it says.
_seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
assert public_key(_seed).hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
assert sign(_seed, b"\x72").hex() == (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)

# RFC 8785

SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def string(text):
    marks = (SHORT.get(ord(m)) or ("\\u%04x" % ord(m) if ord(m) < 32 else m) for m in text)
    return '"' + "".join(marks) + '"'


def number(value):
    """ECMA-262 Number::toString, from the shortest digits, which Python's repr gives too."""
    if value == 0:
        return "0"
    if isinstance(value, int):
        value = float(value)
    sign_text = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    n = len(digits) + int(exponent or 0) - len(fraction)
    digits = digits.rstrip("0")
    k = len(digits)
    if k <= n <= 21:
        return sign_text + digits + "0" * (n - k)
    if 0 < n <= 21:
        return sign_text + digits[:n] + "." + digits[n:]
    if -6 < n <= 0:
        return sign_text + "0." + "0" * -n + digits
    power = ("+" if n > 0 else "-") + str(abs(n - 1))
    return sign_text + digits[0] + ("." + digits[1:] if k > 1 else "") + "e" + power


def canonical(value):
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return string(value)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(one) for one in value) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(string(name) + ":" + canonical(value[name]) for name in names) + "}"


# The entry

TYPE = b"application/vnd.countersign.audit.v1+json"
SEED = bytes(range(32))
OTHER_SEED = bytes(range(32, 64))
STRANGER_SEED = bytes(range(64, 96))


def pae(body, media_type=TYPE):
    return b"DSSEv1 %d %s %d %s" % (len(media_type), media_type, len(body), body)


def kid(seed):
    spki = bytes.fromhex("302a300506032b6570032100") + public_key(seed)
    return hashlib.sha256(spki).hexdigest()[:8]


def b64(data):
    return base64.b64encode(data).decode()


def signature(p_text, seed=SEED, message=None):
    signed = pae(p_text.encode()) if message is None else message
    return {"kid": kid(seed), "alg": "Ed25519", "sig": b64(sign(seed, signed))}


def entry_text(p_text, signatures):
    """The text of `p` is taken as it is, so that a wrong one can be signed too."""
    return '{"p":' + p_text + ',"s":' + canonical(signatures) + "}"


def commitment(salt, field, value):
    message = b"countersign/" + field.encode() + b"/v1\0" + value
    return "hmac-sha256:" + hmac.new(salt, message, hashlib.sha256).hexdigest()


IDENTITY_SALT = bytes([0x11]) * 32
CONTENT_SALT = bytes([0x22]) * 32
TEXT_SALT = bytes([0x33]) * 32

COMMITMENTS = [
    ("identity", IDENTITY_SALT, "email", "ada@example.com".encode()),
    ("content", CONTENT_SALT, "inputHash", "Write a function that adds two numbers.".encode()),
    ("content", CONTENT_SALT, "outputHash", b""),
    ("text", TEXT_SALT, "justification", "Fehler im Zahlungsverkehr behoben, dringend \u20ac".encode()),
    ("content", bytes(range(32)), "outputHash", bytes(range(256))),
]

MINIMAL = {
    "v": 1,
    "id": "01990000-0000-7000-8000-000000000001",
    "at": "2026-09-01T12:00:00.000Z",
    "organizationId": "org_example",
    "correlationId": "0190f0c0-1",
    "type": "change.imported",
    "actor": {"id": "svc_importer", "kind": "service", "role": "importer", "onBehalfOf": None},
    "tool": None,
    "operation": "import",
    "inputHash": None,
    "outputHash": None,
    "review": None,
    "scans": None,
    "compliance": None,
    "justification": None,
    "targets": [],
    "refs": [],
    "data": {},
    "na": {
        "tool": "no_ai_involved",
        "inputHash": "not_applicable",
        "outputHash": "no_ai_output",
        "review": "unknown_from_git",
        "scans": "not_scanned",
        "compliance": "no_policy_in_force",
        "justification": "no_justification_given",
    },
}

FULL = {
    **MINIMAL,
    "id": "01990000-0000-7000-8000-000000000002",
    "type": "pull-request.review-approved",
    "actor": {"id": "agt_q8Xk-2", "kind": "agent", "role": "developer", "onBehalfOf": "usr_ada"},
    "tool": {"name": "Assistant", "version": "1.2.3", "model": "model-7"},
    "operation": "code.generate",
    "inputHash": commitment(*COMMITMENTS[1][1:]),
    "outputHash": commitment(*COMMITMENTS[2][1:]),
    "review": {"status": "approved", "reviewer": "usr_grace"},
    "scans": [
        {"kind": "sast", "tool": "Scanner", "version": "4.0", "status": "pass", "findings": 0, "report": "sha256:" + "ab" * 32},
        {"kind": "secrets", "tool": "Keyfinder", "version": None, "status": "excepted", "findings": 2, "report": None},
        {"kind": "licenses", "tool": "Lawyer", "version": "1", "status": "error", "findings": None, "report": None},
    ],
    "compliance": {"decision": "allow", "policy": "default", "version": "2026-08-31.1"},
    "justification": commitment(*COMMITMENTS[3][1:]),
    "targets": [
        {"type": "commit", "id": "9fceb02d0ae598e95dc970b74767f19372d61af8"},
        {"type": "repository", "id": "repo_payments"},
    ],
    "refs": ["01990000-0000-7000-8000-000000000001"],
    "data": {"email": commitment(*COMMITMENTS[0][1:]), "lines": {"added": 12, "removed": 3}, "draft": False},
    "na": {},
}


def with_data(number_of_record, data):
    return {**MINIMAL, "id": "01990000-0000-7000-8000-%012d" % number_of_record, "data": data}


def filled(size):
    """A record whose entry has exactly this many bytes."""
    record = with_data(10, {"fill": ""})
    short = len(entry_text(canonical(record), [signature(canonical(record))]).encode())
    record["data"]["fill"] = "x" * (size - short)
    return record


def nested(levels):
    value = []
    for _ in range(levels - 1):
        value = [value]
    return value


VALID = {
    "minimal": ("every required field that can be null is null, with its reason", MINIMAL),
    "full": ("every required field is there; an agent acts for a person; three scans", FULL),
    "sorted-by-utf-16": (
        "members are sorted by UTF-16 code units: the emoji's surrogate comes before U+FB33, and 10 before 9",
        with_data(3, {"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3, "10": 4, "9": 5, "": 6, "A": 7, "a": 8}),
    ),
    "numbers": (
        "numbers are written as ECMAScript does",
        with_data(4, {"n": [0, -0.0, 1.0, 4.5, 1e21, 1e20, 1e-6, 1e-7, 5e-324, 1.7976931348623157e308, 2**53, -1, 0.1 + 0.2, 333333333.33333329]}),
    ),
    "escapes": (
        "control characters, quotes and backslashes are escaped, and nothing else",
        with_data(5, {"text": "\x00\b\t\n\x0b\f\r\x1f \"\\/<>&'\x7f\u0080\u2028\u2029", "\n": True}),
    ),
    "depth-64": ("nested 64 deep: p, data and 61 arrays in the entry's own object", with_data(6, {"deep": nested(61)})),
    "reviewer-committed": (
        "a reviewer whom another system names stands as a commitment",
        {
            **MINIMAL,
            "id": "01990000-0000-7000-8000-000000000007",
            "review": {"status": "changes_requested", "reviewer": commitment(*COMMITMENTS[0][1:])},
            "na": {k: v for k, v in MINIMAL["na"].items() if k != "review"},
        },
    ),
    "tool-without-version": (
        "the version alone is missing, and named by its path",
        {
            **MINIMAL,
            "id": "01990000-0000-7000-8000-000000000008",
            "tool": {"name": "Assistant", "version": None, "model": None},
            "na": {**{k: v for k, v in MINIMAL["na"].items() if k != "tool"}, "tool.version": "not_recorded"},
        },
    ),
    "denied": (
        "a policy denied it, and a person decided",
        {
            **FULL,
            "id": "01990000-0000-7000-8000-000000000009",
            "actor": {"id": "usr_ada", "kind": "user", "role": "release-manager", "onBehalfOf": None},
            "compliance": {"decision": "deny", "policy": "release/four-eyes", "version": "7"},
        },
    ),
    "largest": ("exactly 32,768 bytes", filled(32_768)),
    "leap-day": ("a day that exists in a leap year", {**MINIMAL, "id": "01990000-0000-7000-8000-000000000011", "at": "2028-02-29T23:59:59.999Z"}),
}


def changed(path, value, base=MINIMAL):
    """The record with one member set, or removed when the value is `...`."""
    record = copy.deepcopy(base)
    *parents, last = path.split("/")
    at = record
    for name in parents:
        at = at[int(name)] if isinstance(at, list) else at[name]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return record


NO_NA = {k: v for k, v in MINIMAL["na"].items() if k != "scans"}

# Entries whose record is wrong, but signed as a right one.
WRONG_RECORDS = {
    "member-unknown": ("the record has a member that is not of its form", changed("extra", 1)),
    "member-unknown-inside": ("the actor has a member that is not of its form", changed("actor/email", "ada@example.com")),
    "member-missing": ("a required field is missing instead of null", changed("scans", ...)),
    "null-without-reason": ("a field is null and not named in na", changed("na/scans", ...)),
    "reason-without-null": ("a field is named in na and not null", changed("na/compliance", "not_applicable", FULL)),
    "reason-unknown": ("the reason is not of the closed list", changed("na/scans", "we_forgot")),
    "reason-for-other": ("na names a field that is never null", changed("na/operation", "not_applicable")),
    "version-without-reason": ("the version of the tool is null and not named", changed("tool/version", None, FULL)),
    "version-2": ("a version of the record that this reader does not know", changed("v", 2)),
    "id-version-4": ("the id is a UUID of another version", changed("id", "01990000-0000-4000-8000-000000000001")),
    "id-upper-case": ("the id is not in lower case", changed("id", "01990000-0000-7000-8000-00000000000A")),
    "time-with-offset": ("the time is not written in UTC", changed("at", "2026-09-01T14:00:00.000+02:00")),
    "time-without-milliseconds": ("the time has no milliseconds", changed("at", "2026-09-01T12:00:00Z")),
    "time-that-is-not": ("30 February does not exist", changed("at", "2026-02-30T12:00:00.000Z")),
    "type-of-one-word": ("the type is not noun.verb", changed("type", "imported")),
    "actor-email": ("the actor is named by an e-mail address", changed("actor/id", "ada@example.com")),
    "actor-kind-differs": ("a user's id on a service", changed("actor/id", "usr_ada")),
    "acts-for-agent": ("who an agent acts for is not a person", changed("actor/onBehalfOf", "agt_other", FULL)),
    "justification-in-clear": ("free text stands in the leaf", changed("justification", "because", FULL)),
    "justification-digest": ("a plain digest of free text can be guessed", changed("justification", "sha256:" + "00" * 32, FULL)),
    "digest-of-other-kind": ("the input hash is of another kind", changed("inputHash", "md5:" + "00" * 16, FULL)),
    "digest-upper-case": ("the digest is not in lower case", changed("inputHash", "sha256:" + "AB" * 32, FULL)),
    "scans-empty": ("no scans are null with a reason, not an empty list", changed("scans", [], FULL)),
    "findings-negative": ("a count below zero", changed("scans/0/findings", -1, FULL)),
    "ref-not-id": ("a ref is not the id of a record", changed("refs", ["1"])),
    "operation-free-text": ("the operation is a sentence", changed("operation", "Ada wrote code")),
}


def invalid_entries():
    good = canonical(MINIMAL)
    right = entry_text(good, [signature(good)])
    full = canonical(FULL)
    for name, (why, record) in WRONG_RECORDS.items():
        text = canonical(record)
        yield name, why, "entry_invalid", entry_text(text, [signature(text)]).encode()

    yield "no-signature", "nobody signed", "entry_invalid", entry_text(good, []).encode()
    yield "signed-twice", "one key signs twice", "entry_invalid", entry_text(good, [signature(good)] * 2).encode()
    outside = right[:-1] + ',"t":1}'
    yield "member-unknown-outside", "the entry has a third member", "entry_invalid", outside.encode()
    other_alg = {**signature(good), "alg": "ed25519"}
    yield "algorithm-other", "the algorithm is not written Ed25519", "entry_invalid", entry_text(good, [other_alg]).encode()
    for name, why, change in [
        ("signature-unpadded", "base64 without its padding", lambda sig: sig.rstrip("=")),
        ("signature-url-alphabet", "base64 of the URL alphabet", lambda sig: "_" + sig[1:]),
        ("signature-loose-bits", "base64 whose last digit has bits that stand for nothing", lambda sig: sig[:85] + "B=="),
    ]:
        changed_signature = {**signature(good), "sig": change(signature(good)["sig"])}
        yield name, why, "entry_invalid", entry_text(good, [changed_signature]).encode()
    yield "empty", "no bytes", "entry_invalid", b""
    yield "not-utf-8", "a byte that UTF-8 does not have", "entry_invalid", right.replace("svc_importer", "svc_import\udcff").encode("utf-8", "surrogateescape")
    yield "byte-order-mark", "a byte order mark before it", "entry_invalid", b"\xef\xbb\xbf" + right.encode()
    half = good.replace('"data":{}', '"data":{"a":"\\ud83d"}')
    yield "half-surrogate-pair", "half a surrogate pair has no UTF-8", "entry_invalid", entry_text(half, [signature(half)]).encode()
    huge = good.replace('"data":{}', '"data":{"a":1e400}')
    yield "number-overflows", "a number that no double holds", "entry_invalid", entry_text(huge, [signature(huge)]).encode()
    deep = canonical(with_data(6, {"deep": nested(62)}))
    yield "depth-65", "nested 65 deep", "entry_invalid", entry_text(deep, [signature(deep)]).encode()

    def odd(name, why, text):
        return name, why, "entry_not_canonical", entry_text(text, [signature(text)]).encode()

    yield "space-at-end", "a line feed after it", "entry_not_canonical", right.encode() + b"\n"
    yield odd("space-inside", "a space between members", good.replace(',"at"', ', "at"'))
    yield odd("unsorted", "members in another order", re.sub(r'"refs":\[\],("review":null,)', r'\1"refs":[],', good))
    yield odd("name-twice", "a name occurs twice, once with another value", good.replace('"data":{}', '"data":{},"data":{}'))
    yield odd("number-with-point", "1.0 instead of 1", good.replace('"v":1', '"v":1.0'))
    yield odd("number-with-exponent", "1e0 instead of 1", good.replace('"v":1', '"v":1e0'))
    yield odd("escape-not-needed", "an escape where none is needed", full.replace('"Scanner"', '"\\u0053canner"'))
    yield odd("escape-of-slash", "the slash needs no escape", canonical(VALID["denied"][1]).replace("release/four", "release\\/four"))

    big = canonical(filled(32_769))
    yield "too-large", "one byte above 32,768", "entry_too_large", entry_text(big, [signature(big)]).encode()

    yield "stranger", "signed by a key that is not trusted", "entry_key_unknown", entry_text(good, [signature(good, STRANGER_SEED)]).encode()
    both = [signature(good), signature(good, STRANGER_SEED)]
    yield "stranger-too", "a trusted key and one that is not", "entry_key_unknown", entry_text(good, both).encode()
    other_type = signature(good, message=pae(good.encode(), b"application/json"))
    yield "signed-as-other-type", "the signature is over another media type", "entry_signature_wrong", entry_text(good, [other_type]).encode()
    bare = signature(good, message=good.encode())
    yield "signed-without-pae", "the signature is over the bare record", "entry_signature_wrong", entry_text(good, [bare]).encode()
    yield "signature-of-other-record", "the signature belongs to another record", "entry_signature_wrong", entry_text(good, [signature(full)]).encode()
    borrowed = {**signature(good, OTHER_SEED), "kid": kid(SEED)}
    yield "signature-of-other-key", "another trusted key signed than the one named", "entry_signature_wrong", entry_text(good, [borrowed]).encode()
    one_wrong = [signature(good), signature(full, OTHER_SEED)]
    yield "one-of-two-wrong", "of two trusted signatures one is wrong", "entry_signature_wrong", entry_text(good, one_wrong).encode()
    raw = base64.b64decode(signature(good)["sig"])
    plus_order = raw[:32] + (number_of(raw[32:]) + L).to_bytes(32, "little")
    malleable = {**signature(good), "sig": b64(plus_order)}
    yield "signature-malleable", "S is not below the order of the group", "entry_signature_wrong", entry_text(good, [malleable]).encode()


def valid_vector(why, record, seeds):
    text = canonical(record)
    entry = entry_text(text, [signature(text, seed) for seed in seeds]).encode()
    return {
        "why": why,
        "record": record,
        "canonical": text,
        "paeSha256": hashlib.sha256(pae(text.encode())).hexdigest(),
        "signatures": [signature(text, seed) for seed in seeds],
        "entry": b64(entry),
        "leafHash": hashlib.sha256(b"\0" + entry).hexdigest(),
    }


def write(name, value):
    path = pathlib.Path(__file__).with_name(name)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=True) + "\n")


def main():
    write("keys.json", [{"seed": seed.hex(), "publicKey": public_key(seed).hex(), "kid": kid(seed), "trusted": seed != STRANGER_SEED} for seed in (SEED, OTHER_SEED, STRANGER_SEED)])
    write("commitments.json", [{"group": group, "salt": salt.hex(), "field": field, "value": value.hex(), "commitment": commitment(salt, field, value)} for group, salt, field, value in COMMITMENTS])
    valid = {name: valid_vector(why, record, [SEED]) for name, (why, record) in VALID.items()}
    valid["two-signatures"] = valid_vector("two trusted keys sign", {**MINIMAL, "id": "01990000-0000-7000-8000-000000000012"}, [SEED, OTHER_SEED])
    write("valid.json", valid)
    write("invalid.json", {name: {"why": why, "error": code, "entry": b64(entry)} for name, why, code, entry in invalid_entries()})


main()
