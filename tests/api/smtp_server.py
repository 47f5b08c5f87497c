"""A real SMTP server for the mail tests: keeps each mail as a file, or refuses.

usage: smtp_server.py PORT FOLDER accept|refuse-for-now|refuse|no-such-receiver|wants-login|first-hangs [CERT KEY]

With a certificate it offers STARTTLS, and takes nothing without.
Any login is good; FOLDER/logins has the names. Prints "ready" when it listens; writes FOLDER/NUMBER.eml for a mail and FOLDER/refused-NUMBER for one that it refused.
Runs until its standard input is closed.
"""

import asyncio
import ssl
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

ANSWERS = {"refuse-for-now": "451 Try again later", "refuse": "550 Not here"}


class Keeper:
    def __init__(self, folder: Path, mode: str):
        self.folder, self.mode, self.count, self.named = folder, mode, 0, 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.named += 1
        if self.mode == "no-such-receiver":
            return "550 5.1.1 No such receiver"
        if self.mode == "wants-login":
            return "530 5.7.0 Log in first"
        if self.mode == "first-hangs" and self.named == 1:
            await asyncio.sleep(300)
        envelope.rcpt_tos.append(address)
        return "250 Known"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        if self.mode in ANSWERS:
            (self.folder / f"refused-{self.count}").touch()
            return ANSWERS[self.mode]
        (self.folder / f"{self.count}.eml").write_bytes(envelope.content)
        return "250 Kept"

    def log_in(self, server, session, envelope, mechanism, given):
        with (self.folder / "logins").open("ab") as names:
            names.write(given.login + b"\n")
        return AuthResult(success=True)


def main():
    port, folder, mode = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    keeper = Keeper(folder, mode)
    encryption = {}
    if len(sys.argv) > 4:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*sys.argv[4:6])
        encryption = {"tls_context": context, "require_starttls": True}
    # No encryption here, on this machine, so a login must do without.
    controller = Controller(
        keeper, hostname="127.0.0.1", port=port, authenticator=keeper.log_in, auth_require_tls=False, **encryption
    )
    controller.start()
    print("ready", flush=True)
    sys.stdin.read()
    controller.stop()


main()
