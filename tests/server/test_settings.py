"""The table of settings: what is given goes before the environment, bad values are told in one line, docs in step."""

from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from server import settings
from server.settings import BadSetting, Settings


def test_what_is_given_goes_before_the_environment_and_the_environment_before_the_default():
    environment = {"ARMSCLAIMS_PORT": "9001", "PORT": "9002", "DATA": "/srv/claims", "ARMSCLAIMS_QUERY_MEMORY": "512M"}
    read = settings.read(environment, port="9003", title=None)
    assert read.port == 9003
    assert read.data == Path("/srv/claims")
    assert read.query_memory == 512 * 1024 * 1024
    assert read.title == "Arms claims"
    assert settings.read(environment).port == 9001
    assert settings.read({"PORT": "9002"}).port == 9002
    assert settings.read({"ARMSCLAIMS_TITLE": ""}) == Settings()


@pytest.mark.parametrize(
    ("environment", "given", "message"),
    [
        ({"PORT": "eighty"}, {}, "PORT is 'eighty', but must be a whole number from 0 to 65535."),
        ({}, {"port": "70000"}, "--port is '70000', but must be a whole number from 0 to 65535."),
        ({}, {"query_timeout": "-1"}, "--query-timeout is '-1', but must be seconds, more than 0 and at most 86400."),
        ({}, {"query_timeout": "nan"}, "--query-timeout is 'nan', but must be seconds, more than 0 and at most 86400."),
        ({}, {"max_body": "many"}, "--max-body is 'many', but must be a number of bytes such as 500K, 64M or 2G."),
        (
            {"ARMSCLAIMS_LOG_LEVEL": "loud"},
            {},
            "ARMSCLAIMS_LOG_LEVEL is 'loud', but must be one of DEBUG, INFO, WARNING, ERROR.",
        ),
        (
            {"ARMSCLAIMS_SERVICE_ALLOW": "file:///etc/passwd"},
            {},
            "ARMSCLAIMS_SERVICE_ALLOW is 'file:///etc/passwd', but must be IRIs that begin with http:// or https://, "
            "separated by spaces or commas.",
        ),
    ],
)
def test_a_bad_value_is_told_in_one_line(environment, given, message):
    with pytest.raises(BadSetting) as error:
        settings.read(environment, **given)
    assert str(error.value) == message


def test_a_list_of_endpoints_may_be_separated_by_spaces_or_commas():
    read = settings.read({"ARMSCLAIMS_SERVICE_ALLOW": "https://a.example/sparql, https://b.example/sparql"})
    assert read.service_allow == ("https://a.example/sparql", "https://b.example/sparql")


def test_the_documentation_is_in_step_with_the_table(root):
    assert (root / "docs" / "settings.md").read_text("utf-8") == settings.as_markdown()


def test_every_default_is_what_its_text_means():
    for setting in fields(Settings):
        shown = setting.metadata["shown"]
        if setting.name == "queries":
            assert setting.default.name == shown
        else:
            assert setting.metadata["parse"]("" if shown == "none" else shown) == setting.default, setting.name


def test_a_command_gets_the_settings_as_options_with_their_help():
    @click.command()
    @settings.options("port", "data")
    def command(**given):
        click.echo(repr(sorted(given.items())))

    assert CliRunner().invoke(command, ["--port", "1"]).output == "[('data', None), ('port', '1')]\n"
    help_text = CliRunner().invoke(command, ["--help"]).output
    assert "The port to listen on; 0 takes any free one. [default: 8000]" in " ".join(help_text.split())
    assert "--host" not in help_text
