"""Runs a PostgreSQL with pgvector in the folder that is named, until standard input ends.

Prints the folder of its programs and the address of its socket, a line each.
"""

import pathlib
import sys

import pgserver

server = pgserver.get_server(sys.argv[1])
print(pathlib.Path(pgserver.__file__).parent / "pginstall" / "bin")
print(server.get_uri(), flush=True)
sys.stdin.read()
server.cleanup()
