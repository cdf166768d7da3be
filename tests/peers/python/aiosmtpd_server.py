"""A mail server on aiosmtpd. Writes each mail as octets to a file of its own.

Usage: aiosmtpd_server.py PORT FOLDER [--tls starttls|implicit --certificate FILE --key FILE]
                                      [--user NAME --password WORD [--without MECHANISM]]
With --tls it takes no mail in clear, with --user none without a login.
Refuses gone@example.org with 550 and puts busy@example.org off with 450. Ends with its stdin.
"""

import argparse
import itertools
import os
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Keeper:
    def __init__(self, folder):
        self.folder = folder
        self.numbers = itertools.count()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == "gone@example.org":
            return "550 5.1.1 aiosmtpd does not know them"
        if address == "busy@example.org":
            return "450 4.2.0 aiosmtpd is busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        path = os.path.join(self.folder, f"{next(self.numbers)}")
        with open(path + ".part", "wb") as file:
            file.write(envelope.original_content)
        os.rename(path + ".part", path + ".eml")
        return "250 2.0.0 kept"


def wishes():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("folder")
    parser.add_argument("--tls", choices=["starttls", "implicit"])
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--without", action="append", default=[])
    return parser.parse_args()


class Server(Controller):
    def __init__(self, asked):
        self.asked = asked
        self.context = None
        if asked.tls:
            self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.context.load_cert_chain(asked.certificate, asked.key)
        around = {"ssl_context": self.context} if asked.tls == "implicit" else {}
        super().__init__(Keeper(asked.folder), hostname="127.0.0.1", port=asked.port, **around)

    def factory(self):
        asked = self.asked
        secure = {}
        if asked.tls == "starttls":
            secure = {"tls_context": self.context, "require_starttls": True}
        if asked.user:
            # Under implicit TLS it does not know that there is TLS.
            secure["auth_require_tls"] = asked.tls == "starttls"
            secure["auth_required"] = True
            secure["auth_exclude_mechanism"] = asked.without
            secure["authenticator"] = self.authenticate
        return SMTP(self.handler, enable_SMTPUTF8=True, **secure)

    def authenticate(self, server, session, envelope, mechanism, credentials):
        mine = LoginPassword(self.asked.user.encode(), self.asked.password.encode())
        return AuthResult(success=credentials == mine, handled=False)


controller = Server(wishes())
controller.start()
sys.stdin.read()
controller.stop()
