"""Takes calls over TLS and hands them on: tls_front.py CERT KEY SERVICE. Prints its port."""
import http.server
import ssl
import sys
import urllib.error
import urllib.request

CERT, KEY, SERVICE = sys.argv[1:]


class Front(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def hand_on(self):
        length = int(self.headers.get("content-length") or 0)
        call = urllib.request.Request(SERVICE + self.path, self.rfile.read(length) if length else None, method=self.command)
        for name in ("authorization", "content-type"):
            if self.headers.get(name):
                call.add_header(name, self.headers[name])
        try:
            answer = urllib.request.urlopen(call)
        except urllib.error.HTTPError as error:
            answer = error
        body = answer.read()
        self.send_response(answer.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = hand_on

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERT, KEY)
# The handshake in the thread of its connection: a client that breaks it off ends nothing else.
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
server.serve_forever()
