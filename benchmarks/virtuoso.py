"""A Virtuoso for measuring and for tests: its configuration, which both write into a folder of its own."""

import socket
from pathlib import Path

COMMAND = ["virtuoso-t", "+foreground", "+configfile", "virtuoso.ini"]  # to be run in that folder
_INI = """[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = {data}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
CheckpointInterval = 0
SchedulerInterval = 0
ThreadsPerQuery = {query_threads}
AsyncQueueMaxThreads = {query_threads}
MaxSortedTopRows = 100000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = {threads}
[SPARQL]
ResultSetMaxRows = {rows}
MaxQueryExecutionTime = 60
"""


def configure(
    folder: Path, data: Path, *, buffers: int, threads: int, rows: int, query_threads: int
) -> tuple[int, int]:
    """Write the configuration into a folder and return the ports of HTTP and of SQL.

    :param data: the folder that it may load files from.
    :param buffers: pages of 8 KiB that it keeps in memory.
    :param rows: how many an answer has at most.
    :param query_threads: how many threads work at one query; with more than one some queries wait for themselves.
    """
    http, sql = free_port(), free_port()
    text = _INI.format(
        folder=folder,
        data=data,
        http=http,
        sql=sql,
        buffers=buffers,
        dirty=buffers * 3 // 4,
        threads=threads,
        rows=rows,
        query_threads=query_threads,
    )
    (folder / "virtuoso.ini").write_text(text, "utf-8")
    return http, sql


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
