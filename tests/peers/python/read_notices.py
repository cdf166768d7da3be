"""Reads notices with Python's email package. Prints one JSON line a notice.

Reads lines of base64, a notice each.
"""

import base64
import json
import sys
from email import message_from_bytes, policy


def defects(message):
    found = [type(defect).__name__ for defect in message.defects]
    for value in message.values():
        found += [type(defect).__name__ for defect in getattr(value, "defects", ())]
    return found


def given(part):
    if part.get_content_type() == "message/rfc822":
        return part.get_content().as_bytes()
    return part.get_payload(decode=True)


def read(octets):
    notice = message_from_bytes(octets, policy=policy.default)
    parts = list(notice.iter_parts())
    text, status, header = parts
    groups = status.get_payload()
    return {
        "type": notice.get_content_type(),
        "report": notice.get_param("report-type"),
        "subject": notice["subject"],
        "sender": notice["from"].addresses[0].addr_spec,
        "types": [part.get_content_type() for part in parts],
        "text": text.get_content(),
        "about": [dict(group) for group in groups],
        "header": base64.b64encode(given(header)).decode(),
        "defects": [defect for one in [notice, *parts, *groups] for defect in defects(one)],
    }


for line in sys.stdin:
    print(json.dumps(read(base64.b64decode(line))))
