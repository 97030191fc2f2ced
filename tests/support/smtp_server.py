#!/usr/bin/python3
"""An SMTP server for tests: takes mail over a real socket and keeps each message in a file.

    smtp_server.py DIRECTORY [PORT] [CERTIFICATE KEY]

Prints its port, then serves until it is killed. A message stands in DIRECTORY as 1.eml, 2.eml, …, as it came; and as 1.txt
as Python's own reader of mail understands it: its headers, decoded, after the envelope, an empty line, its text.
The file DIRECTORY/mode says what to do with the next ones:

    accept       (also where there is no such file)
    busy         451 after the text
    refuse       550 to the recipient
    drop         closes the connection after the text, without an answer
    slow         answers the text after a while, long enough to be killed in
"""
import asyncio
import email
import email.policy
import os
import socket
import ssl
import sys

from aiosmtpd.controller import Controller


class Keeper:
    def __init__(self, directory):
        self.directory = directory
        self.count = sum(name.endswith('.eml') for name in os.listdir(directory))

    def mode(self):
        try:
            with open(os.path.join(self.directory, 'mode'), encoding='ascii') as file:
                return file.read().strip()
        except FileNotFoundError:
            return 'accept'

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode() == 'refuse':
            return '550 no such user'
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        mode = self.mode()
        if mode == 'busy':
            return '451 try later'
        if mode == 'drop':
            self.keep(session, envelope)
            server.transport.close()
            return '250 never read'
        if mode == 'slow':
            await asyncio.sleep(8)
        self.keep(session, envelope)
        return '250 OK'

    def keep(self, session, envelope):
        self.count += 1
        self.write(f'{self.count}.eml', envelope.original_content)
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        lines = [f'Envelope: {envelope.mail_from} > {" ".join(envelope.rcpt_tos)}', f'TLS: {"yes" if session.ssl else "no"}']
        lines += [f'{name}: {value}' for name, value in message.items()]
        lines += [f'Defect: {defect}' for defect in message.defects]
        self.write(f'{self.count}.txt', '\n'.join(lines + ['', message.get_content().replace('\r\n', '\n')]).encode())

    # Under its name only once it is whole.
    def write(self, name, content):
        path = os.path.join(self.directory, name)
        with open(path + '.part', 'wb') as file:
            file.write(content)
        os.rename(path + '.part', path)


def main():
    directory = sys.argv[1]
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    context = None
    if len(sys.argv) > 4:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
    if port == 0:
        with socket.create_server(('127.0.0.1', 0)) as probe:
            port = probe.getsockname()[1]
    controller = Controller(Keeper(directory), hostname='127.0.0.1', port=port, tls_context=context)
    controller.start()
    print(port, flush=True)
    try:
        while True:
            asyncio.run(asyncio.sleep(3600))
    finally:
        controller.stop()


if __name__ == '__main__':
    main()
