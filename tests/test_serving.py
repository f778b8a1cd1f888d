"""How answers leave the process."""

import socket
from contextlib import closing

from obrador.serving import listening


def test_an_answer_in_two_parts_waits_for_nobody() -> None:
    with (
        closing(listening("127.0.0.1", 0)) as listener,
        closing(socket.create_connection(listener.getsockname())),
        closing(listener.accept()[0]) as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
