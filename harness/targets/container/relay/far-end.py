"""The far end of a relay: carries every connection of it over this program's own input and output.

A frame is a kind, the number of a connection, the length of what follows, and that. Either side sends of a
connection no more than WINDOW bytes beyond what the other has passed on: one that nobody reads stops no other.
"""
import asyncio, socket, struct, sys

HEAD = struct.Struct('>BII')
OPEN, DATA, END, RESET, CREDIT, ASK = range(6)
WINDOW = 262144
CONNECT_TIMEOUT_S = 5
# As the harness has it for watches: a host that lost its power sends no farewell.
ALIVE = (socket.TCP_KEEPIDLE, 2), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 10)

connections = {}


def send(kind, number, content=b''):
    out.write(HEAD.pack(kind, number, len(content)) + content)


class Connection:
    def __init__(self, number, content):
        self.number = number
        self.to_write = asyncio.Queue()
        self.credit = WINDOW
        self.granted = asyncio.Event()
        self.task = asyncio.create_task(self.run(*content.decode().rsplit(' ', 1)))

    async def run(self, address, port):
        try:
            opening = asyncio.open_connection(address, int(port))
            reader, writer = await asyncio.wait_for(opening, CONNECT_TIMEOUT_S)
            await self.carry(reader, writer)
        except* OSError:
            send(RESET, self.number)
        finally:
            connections.pop(self.number, None)

    async def carry(self, reader, writer):
        link = writer.get_extra_info('socket')
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in ALIVE:
            link.setsockopt(socket.IPPROTO_TCP, option, value)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self.read(reader))
                both.create_task(self.write(writer))
        except BaseException:
            writer.transport.abort()
            raise
        writer.close()

    async def read(self, reader):
        while part := await reader.read(65536):
            while self.credit <= 0:
                self.granted.clear()
                await self.granted.wait()
            self.credit -= len(part)
            send(DATA, self.number, part)
            await out.drain()
        send(END, self.number)

    async def write(self, writer):
        while part := await self.to_write.get():
            writer.write(part)
            await writer.drain()
            send(CREDIT, self.number, struct.pack('>I', len(part)))
        writer.write_eof()

    def take(self, kind, content):
        if kind == DATA:
            self.to_write.put_nowait(content)
        elif kind == END:
            self.to_write.put_nowait(b'')
        elif kind == CREDIT:
            self.credit += struct.unpack('>I', content)[0]
            self.granted.set()
        elif kind == RESET:
            self.task.cancel()


class Question(asyncio.DatagramProtocol):
    def __init__(self, number, query):
        self.number, self.query = number, query

    def connection_made(self, transport):
        self.transport = transport
        transport.sendto(self.query)

    def datagram_received(self, answer, _address):
        send(DATA, self.number, answer)
        self.transport.close()


async def ask(number, content):
    where, query = content.split(b'\n', 1)
    address, port = where.decode().rsplit(' ', 1)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Question(number, query), remote_addr=(address, int(port)))
    await asyncio.sleep(CONNECT_TIMEOUT_S)
    transport.close()


async def main():
    global out
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    way_out = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sys.stdout)
    out = asyncio.StreamWriter(*way_out, None, loop)
    questions = set()
    try:
        while True:
            kind, number, size = HEAD.unpack(await commands.readexactly(HEAD.size))
            content = await commands.readexactly(size)
            if kind == OPEN:
                connections[number] = Connection(number, content)
            elif kind == ASK:
                questions.add(task := asyncio.create_task(ask(number, content)))
                task.add_done_callback(questions.discard)
            elif number in connections:
                connections[number].take(kind, content)
    except asyncio.IncompleteReadError:
        pass


asyncio.run(main())
