"""Sends one mail with Python's smtplib over TLS, with a login, or by LMTP.

Usage: smtplib_secure.py HOW SERVER CAFILE [USER PASSWORD]
HOW: in-clear, starttls, implicit, smtputf8 (after STARTTLS), lmtp or lmtp-starttls.
SERVER: a port on 127.0.0.1, or the path of a unix socket. The certificate must be good for
localhost. Prints the SHA-256 of the body, or the reply that refused it.
"""

import hashlib
import smtplib
import ssl
import sys
from email import policy
from email.message import EmailMessage

HEADER = b"Subject: from smtplib\r\nFrom: <smtplib@example.net>\r\n\r\n"
BODY = bytes(range(128, 256)) + b"\r\n.\r\n..two\r\n"


class Named(smtplib.SMTP):
    """Calls the server by the name that its certificate has, whatever was connected to."""

    def starttls(self, **options):
        self._host = "localhost"
        return super().starttls(**options)


class NamedLmtp(smtplib.LMTP):
    def starttls(self, **options):
        self._host = "localhost"
        return super().starttls(**options)


def connect(how, server, context):
    if how.startswith("lmtp"):
        if server.startswith("/"):
            return NamedLmtp(server)
        return NamedLmtp("127.0.0.1", int(server))
    if how == "implicit":
        return smtplib.SMTP_SSL("127.0.0.1", int(server), timeout=120, context=context)
    return Named("127.0.0.1", int(server), timeout=120)


def internationalised():
    message = EmailMessage(policy=policy.SMTPUTF8)
    message["From"] = "jürgen@example.net"
    message["To"] = "δοκιμή@example.org"
    message["Subject"] = "Prüfung"
    message.set_content("Grüße\n", cte="8bit")
    return message


def send(how, client):
    if how == "smtputf8":
        message = internationalised()
        client.send_message(message)
        return message.as_bytes().split(b"\r\n\r\n", 1)[1]
    client.sendmail("a@example.net", ["b@example.org"], HEADER + BODY, ["BODY=8BITMIME"])
    return BODY


def main(how, server, ca_file, *login):
    context = ssl.create_default_context(cafile=ca_file)
    with connect(how, server, context) as client:
        if how in ("starttls", "smtputf8", "lmtp-starttls"):
            client.starttls(context=context)
        try:
            if login:
                client.login(*login)
            print(hashlib.sha256(send(how, client)).hexdigest())
        except smtplib.SMTPResponseException as error:
            print(error.smtp_code, error.smtp_error.decode())
        except smtplib.SMTPException as error:
            print(error)


main(*sys.argv[1:])
