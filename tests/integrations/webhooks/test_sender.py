"""Where webhooks may lead, and what becomes of an attempt to deliver."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from hypothesis import given
from hypothesis import strategies as st

from obrador.integrations.webhooks.addresses import refused_address, refused_url
from obrador.integrations.webhooks.sender import Sender
from tests.fixtures.served import listening


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("2002:7f00:1::", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("::ffff:192.168.1.1", "private"),
        ("fd12:3456::1", "private"),
        ("fec0::1", "private"),
        ("169.254.169.254", "metadata"),
        ("::ffff:a9fe:a9fe", "metadata"),
        ("fe80::1", "link-local"),
        ("100.64.0.1", "shared"),
        ("0.0.0.0", "unspecified"),  # noqa: S104  nobody listens
        ("::", "unspecified"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("240.0.0.1", "private"),
        ("255.255.255.255", "private"),
        ("2001:db8::1", "private"),
    ],
)
def test_what_is_not_public_is_refused(address: str, why: str) -> None:
    assert why in (refused_address(ip_address(address)) or "nothing")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_is_public_is_not(address: str) -> None:
    assert refused_address(ip_address(address)) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://shop.example/hooks", "https://"),
        ("shop.example/hooks", "https://"),
        ("https://", "host"),
        ("https://shop example/", "host"),
        ("https://u:p@shop.example/", "password"),
        ("https://shop.example/#there", "#"),
        ("https://shop.example:22/", "port 22"),
        ("https://shop.example:99999/", "port"),
        ("https://localhost/", "this machine"),
        ("https://shop.localhost./", "this machine"),
        ("https://127.0.0.1/", "127.0.0.1 is an address of this machine"),
        ("https://127.1/", "127.0.0.1"),
        ("https://2130706433/", "127.0.0.1"),
        ("https://0x7f000001/", "127.0.0.1"),
        ("https://127。0。0。1/", "127.0.0.1"),
        ("https://[::ffff:10.0.0.1]/", "private"),
        ("https://169.254.169.254/latest/meta-data", "metadata"),
    ],
)
def test_addresses_that_cannot_be_meant_are_refused_at_once(url: str, why: str) -> None:
    assert why in (refused_url(url, allow_private=False) or "nothing")


def test_inside_ones_own_network_more_is_allowed() -> None:
    for url in ("http://till.local:8080/hooks", "https://10.0.0.5/", "http://127.0.0.1:9"):
        assert refused_url(url, allow_private=True) is None
    assert refused_url("https://shop.example:8443/hooks?a=b", allow_private=False) is None
    assert refused_url("https://café.example/", allow_private=False) is None
    assert refused_url("ftp://till.local/", allow_private=True) is not None


@given(st.text() | st.text("[]:%.@/?#0123456789abxn-é١。ßK").map("https://{}".format))
def test_whatever_is_written_is_refused_or_not(url: str) -> None:
    assert refused_url(url, allow_private=False) != ""


class Receiver:
    """What was asked, and how often."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.host = ""
        self.app = FastAPI()
        self.app.post("/{path}")(self.hook)

    async def hook(self, path: str, request: Request) -> Response:
        self.asked.append(path)
        self.host = request.headers["host"]
        if path == "elsewhere":
            return RedirectResponse("/inside", 307)
        if path == "hangs":
            await request.body()
            await request.receive()  # until the sender has gone
        headers = {"Retry-After": "120"} if path == "busy" else None
        return Response("a\x00b \n" + "ñ" * 5000, 503 if path == "busy" else 200, headers)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Receiver, str]]:
    receiver = Receiver()
    with listening(receiver.app) as url:
        yield receiver, url


def resolving(*answers: str) -> tuple[list[str], "Resolver"]:
    asked: list[str] = []
    return asked, Resolver(asked, answers)


class Resolver:
    """Gives one answer after another, then the last one again."""

    def __init__(self, asked: list[str], answers: Sequence[str]) -> None:
        self._asked, self._answers = asked, list(answers)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self._asked.append(host)
        at = min(len(self._asked), len(self._answers)) - 1
        return self._answers[at].split()


async def test_an_answer_is_kept_short(served: tuple[Receiver, str]) -> None:
    _, url = served
    sender = Sender(5, allow_private=True)
    answer = await sender.post(f"{url}/hook", b"{}", {})
    busy = await sender.post(f"{url}/busy", b"{}", {})
    await sender.close()

    assert answer.is_success
    assert answer.text.startswith("a b ñññ")
    assert len(answer.text) == 300
    assert not busy.is_success
    assert (busy.status, busy.retry_after) == (503, 120)


async def test_redirects_are_not_followed(served: tuple[Receiver, str]) -> None:
    receiver, url = served
    sender = Sender(5, allow_private=True)
    answer = await sender.post(f"{url}/elsewhere", b"{}", {})
    await sender.close()

    assert (answer.status, answer.is_success) == (307, False)
    assert "inside" not in receiver.asked


async def test_a_receiver_that_hangs_is_not_waited_for(served: tuple[Receiver, str]) -> None:
    _, url = served
    sender = Sender(0.2, allow_private=True)
    answer = await sender.post(f"{url}/hangs", b"{}", {})
    await sender.close()

    assert answer.status is None
    assert answer.text == "No answer within 0.2 seconds."


async def test_a_name_is_checked_at_each_attempt(served: tuple[Receiver, str]) -> None:
    """As a name that at first leads outside, and then inside."""
    receiver, url = served
    port = url.rsplit(":", 1)[1]
    before = len(receiver.asked)
    asked, resolve = resolving("203.0.113.9 127.0.0.1", "::ffff:127.0.0.1", "127.0.0.1")
    sender = Sender(2, resolve=resolve)
    answers = [await sender.post(f"http://rebound.example:{port}/x", b"{}", {}) for _ in range(3)]
    await sender.close()

    assert asked == ["rebound.example"] * 3
    assert len(receiver.asked) == before
    for answer in answers:
        assert answer.status is None
        assert answer.text.startswith("rebound.example is not asked: ")


async def test_what_was_checked_is_what_is_connected_to(served: tuple[Receiver, str]) -> None:
    """The name is asked for once; the receiver still sees it. Where one of its addresses does not
    answer, the next one is tried."""
    receiver, url = served
    port = url.rsplit(":", 1)[1]
    asked, resolve = resolving("::1 127.0.0.1", "10.255.255.1")
    sender = Sender(5, allow_private=True, resolve=resolve)
    answer = await sender.post(f"http://till.example:{port}/hook", b"{}", {})
    await sender.close()

    assert answer.is_success
    assert asked == ["till.example"]
    assert receiver.host == f"till.example:{port}"


async def test_a_name_that_nobody_knows_is_told() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    sender = Sender(5, resolve=resolve)
    answer = await sender.post("https://nowhere.example/", b"{}", {})
    await sender.close()

    assert answer.text == "nowhere.example is not found: Name or service not known."
