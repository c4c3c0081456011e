"""Which addresses an exclusion of a source matches."""

import pytest

from awsglue.listing import pattern


@pytest.mark.parametrize(
    ("glob", "address", "matches"),
    [
        ("**.pdf", "s3://b/x/y.pdf", True),
        ("s3://b/*.pdf", "s3://b/y.pdf", True),
        ("s3://b/*.pdf", "s3://b/x/y.pdf", False),
        ("s3://b/200?.csv", "s3://b/2001.csv", True),
        ("s3://b/{a,b}[0-9].csv", "s3://b/b7.csv", True),
        ("s3://b/{a,b}[0-9].csv", "s3://b/c7.csv", False),
        (r"s3://b/what\?\[1\].csv", "s3://b/what?[1].csv", True),
        (r"s3://b/what\?.csv", "s3://b/whats.csv", False),
        ("s3://b/a.csv", "s3://b/aXcsv", False),
    ],
)
def test_an_exclusion_matches_as_a_glob_of_whole_addresses(glob: str, address: str, matches: bool) -> None:
    assert bool(pattern(glob).fullmatch(address)) is matches
