"""`obrador user` as a person types it."""

from tests.e2e.conftest import Obrador

ANA = "ana@panaderia.example"


def test_the_first_account_owns_all_and_passwords_can_be_set_again(obrador: Obrador) -> None:
    obrador("bakery", "new", "Pan de Ana", "--country", "ES")

    short = obrador("user", "add", ANA, typed="short\n", code=1)
    first = obrador("user", "add", ANA, "--name", "Ana", typed="pan con tomate\n")
    again = obrador("user", "add", ANA, typed="pan con tomate\n", code=1)
    second = obrador("user", "add", "eve@panaderia.example", typed="pan con tomate\n")
    reset = obrador("user", "password", ANA, "--without-codes", typed="pan con chocolate\n")
    unknown = obrador("user", "password", "nobody@pan.example", typed="a password\n", code=1)

    assert "new_password" in short.stderr
    assert "owns all bakeries" in first.stdout
    assert f"{ANA} has an account already" in again.stderr
    assert "owns" not in second.stdout
    assert "signs in with the new password" in reset.stdout
    assert "Nobody has an account with nobody@pan.example" in unknown.stderr
