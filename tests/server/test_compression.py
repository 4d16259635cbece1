"""Pages are compressed for clients that take it; nothing else is."""

import gzip

import pytest


def test_a_page_is_compressed_where_the_client_takes_gzip(client):
    plain = client.get("/queries", headers={"Accept": "text/html"})
    packed = client.get("/queries", headers={"Accept": "text/html", "Accept-Encoding": "br, gzip;q=0.5"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content_length == len(packed.data) < len(plain.data)
    assert gzip.decompress(packed.data) == plain.data
    for response in (plain, packed):
        assert "Accept-Encoding" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "encoding"),
    [
        ("/queries", "identity"),
        ("/queries", "gzip;q=0"),
        ("/data/state/norway.ttl", "gzip"),
        ("/static/site.css", "gzip"),
        ("/sparql?query=SELECT%20*%20WHERE%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%20100&format=csv", "gzip"),
    ],
)
def test_the_rest_is_not(client, path, encoding):
    with client.get(path, headers={"Accept-Encoding": encoding}) as response:
        assert response.status_code == 200
        assert "Content-Encoding" not in response.headers
