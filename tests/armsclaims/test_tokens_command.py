"""`armsclaims tokens`: made once, listed by name, revoked at once."""

from pathlib import Path

from click.testing import CliRunner, Result

from armsclaims.cli import main
from server.store import tokens


def test_tokens_are_made_listed_and_revoked(tmp_path: Path) -> None:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["tokens", *arguments], env={"DATA": str(tmp_path / "data")})

    secret = run("add", "ada").stdout.strip()
    assert tokens.holder(tokens.read(tmp_path / "data"), secret) == "ada"
    listed = run("list").output
    assert listed.startswith("ada  since ")
    assert secret not in listed
    assert "there is a token of 'ada' already" in run("add", "ada").output
    assert run("revoke", "ada").output == "ada may write no more\n"
    assert run("list").output == ""
    refused = run("revoke", "ada")
    assert (refused.exit_code, refused.output) == (1, "Error: there is no token of 'ada'; there are: none\n")
