"""Squares numbers: a connection brings one, and takes its square."""
import os
import socketserver

DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), '.brood')
PATH = os.path.join(DIRECTORY, 'worker.sock')


class Square(socketserver.StreamRequestHandler):
    def handle(self):
        number = int(self.rfile.readline())
        self.wfile.write(f'{number * number}\n'.encode())


os.makedirs(DIRECTORY, exist_ok=True)
if os.path.exists(PATH):
    os.unlink(PATH)
with socketserver.ThreadingUnixStreamServer(PATH, Square) as server:
    print('worker.sock is served', flush=True)
    server.serve_forever()
