"""An event stream over the WebSocket server of the Python package `websockets`, behind Digest.

One argument, JSON: {"messages": [["part", "part"], …], "pings": bool, "username", "password", "pem"}.
Each message goes out in as many frames as it has parts, all of them over and over, 20 ms apart, once the client has
asked for events. Prints the port, then a line for each client that is gone, with the code of its end. It ends with its input.
"""
import asyncio
import hashlib
import http
import json
import os
import re
import ssl
import sys

import websockets

REALM = "AXIS_ACCC8E012345"
PATH = "/vapix/ws-data-stream?sources=events"


def md5(*parts):
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def make_login(username, password):
    nonce = os.urandom(16).hex()
    challenge = f'Digest realm="{REALM}", nonce="{nonce}", algorithm=MD5, stale=FALSE, qop="auth"'

    async def login(path, headers):
        if path != PATH:
            return http.HTTPStatus.NOT_FOUND, [], b""
        given = dict(re.findall(r'(\w+)="?([^",]+)', headers.get("Authorization", "")))
        account = md5(username, REALM, password)
        request = md5("GET", path)
        fresh = (given.get(name, "") for name in ("nc", "cnonce", "qop"))
        if given.get("uri") == path and given.get("response") == md5(account, nonce, *fresh, request):
            return None
        return http.HTTPStatus.UNAUTHORIZED, [("WWW-Authenticate", challenge)], b""

    return login


def make_handler(messages):
    async def tell(socket):
        while messages:
            for parts in messages:
                await socket.send(parts[0] if len(parts) == 1 else parts)
                await asyncio.sleep(0.02)

    async def handle(socket):
        request = json.loads(await socket.recv())
        answer = {"apiVersion": "1.0", "context": request["context"], "method": request["method"], "data": {}}
        await socket.send(json.dumps(answer))
        telling = asyncio.create_task(tell(socket))
        await socket.wait_closed()
        telling.cancel()
        print(f"closed {socket.close_code}", flush=True)

    return handle


def make_tls(pem):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def main(options):
    server = await websockets.serve(
        make_handler(options["messages"]),
        "127.0.0.1",
        0,
        process_request=make_login(options["username"], options["password"]),
        ssl=make_tls(options["pem"]) if "pem" in options else None,
        # A client that does not answer is thrown out soon.
        ping_interval=0.1 if options["pings"] else None,
        ping_timeout=3,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    # The end of the input is the end of the server: it says so to its clients (1001).
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()
    await server.wait_closed()


asyncio.run(main(json.loads(sys.argv[1])))
