"""A mail server on aiosmtpd. Writes each mail as octets to a file of its own.

Usage: aiosmtpd_server.py PORT FOLDER
Refuses gone@example.org with 550 and puts busy@example.org off with 450. Ends with its stdin.
"""

import itertools
import os
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


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


class Plain(Controller):
    def factory(self):
        return SMTP(self.handler, enable_SMTPUTF8=True)


controller = Plain(Keeper(sys.argv[2]), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
sys.stdin.read()
controller.stop()
