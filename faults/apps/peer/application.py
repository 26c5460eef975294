"""The same server for gunicorn."""
import os
import sys
import time
from urllib.parse import parse_qs

directory = os.environ["FAULTS_DIR"]
with open(os.path.join(directory, "app-boots"), "a") as boots:
    boots.write(f"{int(time.time() * 1000)} {os.getpid()}\n")
try:
    with open(os.path.join(directory, "app-boot")) as order:
        ordered = order.read().strip()
except FileNotFoundError:
    ordered = ""
if ordered == "exit:1":
    os._exit(1)
if ordered == "throw":
    raise RuntimeError("the boot throws")


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        time.sleep(int(parse_qs(environ["QUERY_STRING"])["ms"][0]) / 1000)
    if path == "/loop":
        while True:
            pass
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
