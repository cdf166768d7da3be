"""Sends mails with Python's smtplib. Prints one JSON line a mail: the SHA-256 of the body it gave.

Usage: smtplib_notifier.py PORT plain|eight-bit|smtputf8|many
"""

import hashlib
import json
import smtplib
import sys
from email import policy
from email.message import EmailMessage

SENDER = "smtplib@example.net"
RECIPIENT = "b@example.org"
HEADER = b"Subject: from smtplib\r\nFrom: <smtplib@example.net>\r\n\r\n"


def send(client, body, options=()):
    client.sendmail(SENDER, [RECIPIENT], HEADER + body, options)
    tell(body)


def tell(body):
    print(json.dumps({"sha256": hashlib.sha256(body).hexdigest()}))


def send_internationalised(client):
    message = EmailMessage(policy=policy.SMTPUTF8)
    message["From"] = "jürgen@example.net"
    message["To"] = "δοκιμή@example.org"
    message["Subject"] = "Prüfung"
    message.set_content("Grüße\n", cte="8bit")
    client.send_message(message)
    tell(message.as_bytes().split(b"\r\n\r\n", 1)[1])


def main(port, kind):
    with smtplib.SMTP("127.0.0.1", port, timeout=120) as client:
        if kind == "plain":
            send(client, b"one\r\n.two\r\n..three\r\n.\r\nfour\r\n")
        elif kind == "eight-bit":
            send(client, bytes(range(128, 256)) + b"\r\n", ["BODY=8BITMIME"])
        elif kind == "smtputf8":
            send_internationalised(client)
        elif kind == "many":
            for number in range(200):
                send(client, b"mail number %d\r\n" % number)


main(int(sys.argv[1]), sys.argv[2])
