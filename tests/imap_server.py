"""A small real IMAP server: one folder of mails, as much of RFC 3501 as reading bounces takes."""

import re
import socketserver
import threading


class ImapServer(socketserver.ThreadingTCPServer):
    """`seen` are the numbers of the mails that were marked as read."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, mails: list[bytes], *, password: str) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.mails, self.password = mails, password
        self.seen: set[int] = set()
        self.folder, self.fetches = "", 0

    @property
    def port(self) -> int:
        return self.server_address[1]

    def __enter__(self) -> "ImapServer":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.shutdown()
        self.server_close()


class Session(socketserver.StreamRequestHandler):
    server: ImapServer

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("* OK ready")
        for line in self.rfile:
            tag, _space, command = line.decode().strip().partition(" ")
            answer = self.answer(command)
            self.say(f"{tag} {answer}")
            if answer.startswith("OK BYE"):
                return

    def answer(self, command: str) -> str:
        name = command.split(" ")[0].upper()
        if name == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif name == "LOGIN":
            return "OK done" if command.endswith(f'"{self.server.password}"') else "NO wrong password"
        elif name == "SELECT":
            self.server.folder = command.split(" ", 1)[1].strip('"')
            self.say(f"* {len(self.server.mails)} EXISTS")
        elif name == "UID":
            self.by_uid(command)
        elif name == "LOGOUT":
            self.say("* BYE")
            return "OK BYE"
        return "OK done"

    def by_uid(self, command: str) -> None:
        if "SEARCH" in command:
            new = [str(n) for n in range(1, len(self.server.mails) + 1) if n not in self.server.seen]
            self.say(f"* SEARCH {' '.join(new)}")
        elif found := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\]", command):
            content = self.server.mails[int(found[1]) - 1]
            self.server.fetches += 1
            self.say(f"* {found[1]} FETCH (UID {found[1]} BODY[]<0> {{{len(content)}}}")
            self.wfile.write(content + b")\r\n")
        elif found := re.match(r"UID STORE (\d+) \+FLAGS\.SILENT", command):
            self.server.seen.add(int(found[1]))
