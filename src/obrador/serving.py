"""Serving the dashboard and the API, as one of the roles of a process."""

import asyncio
import gc
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from obrador.app import create_app
from obrador.authn import service as authn
from obrador.kit.errors import Misconfigured
from obrador.kit.memory import keep_heap
from obrador.kit.punctual import HEAD_BYTES, PunctualProtocol
from obrador.roles import Parts, Role
from obrador.settings import Settings

_GRACE_SECONDS = 20
"""How long requests that are under way may take once it is to stop."""


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a port that is taken is told before anything is promised.

    Raises:
        Misconfigured: it is taken, or not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise Misconfigured(
            "PORT: {host}:{port} cannot be used ({strerror}). Is Obrador running already?"
            " Otherwise choose another, such as PORT=8019.",
            host=host,
            port=port,
            strerror=os.strerror(error.errno or 0),
        ) from error
    # asyncio does so only with sockets that it has made. Otherwise the second part of an answer
    # waits for the first to be acknowledged: 40 ms on a connection that is kept alive.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def http_config(app: FastAPI, settings: Settings, **more: Any) -> uvicorn.Config:
    """How the application is served. Only proxies that the settings name are believed when they say
    where a request comes from."""
    return uvicorn.Config(
        app,
        http=PunctualProtocol,
        h11_max_incomplete_event_size=HEAD_BYTES,
        proxy_headers=bool(settings.forwarded_allow_ips),
        forwarded_allow_ips=settings.forwarded_allow_ips,
        server_header=False,
        log_config=None,
        log_level="warning",  # that it has started is announced already
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        **more,
    )


def server(listener: socket.socket, announce: Callable[[], None]) -> Role:
    """The role of answering on a socket; `announce` is called when it is about to.

    Raises:
        Misconfigured: it would be open to strangers.
    """

    async def serve(own: Parts, stop: asyncio.Event) -> None:
        async with own.database.transaction() as session:
            if not await authn.may_listen_on(session, own.settings.host):
                raise Misconfigured(
                    "HOST: nobody has an account yet, so anyone who reaches {host} would"
                    " own every bakery. Make one first: obrador user add ADDRESS.",
                    host=own.settings.host,
                )
        app = create_app(own.database, own.settings)
        # Looking through all that stays until the end for garbage takes 0.2 s, again and again.
        gc.collect()
        gc.freeze()
        keep_heap()
        http = _Server(http_config(app, own.settings))

        async def end_with_the_others() -> None:
            await stop.wait()
            app.state.stopping.set()
            http.should_exit = True

        ending = asyncio.create_task(end_with_the_others())
        announce()
        await http.serve([listener])
        ending.cancel()

    return serve


class _Server(uvicorn.Server):
    """Leaves signals to `roles.run_roles`, which ends all roles of the process together."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
