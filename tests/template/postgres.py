"""Runs a PostgreSQL with pgvector in a folder of its own, until standard input ends.

Prints the folder of its programs and the address of its socket, a line each.
"""

import pathlib
import sys
import tempfile

import pgserver

with tempfile.TemporaryDirectory() as folder:
    server = pgserver.get_server(pathlib.Path(folder) / "data")
    print(pathlib.Path(pgserver.__file__).parent / "pginstall" / "bin")
    print(server.get_uri(), flush=True)
    sys.stdin.read()
    server.cleanup()
