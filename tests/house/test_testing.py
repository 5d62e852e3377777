"""The pytest plugin, used as somebody else's test suite would."""

from pathlib import Path

import pytest

import claimx.llm.client
import claimx.pipeline.flow  # noqa: F401  # pytester forgets what its tests load, and numpy loads once
from tests.support.server import ARTICLE, CLAIM, Reply, claims, serve

pytest_plugins = "pytester"

TEST = """
def test_plant_is_reported(claimx_replay):
    table = claimx_replay("articles/")
    assert [group.claim for group in table.groups] == ["Acme opened a plant in Oslo on Monday."]
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """Make a project with one article and one test."""
    (pytester.path / "articles").mkdir()
    (pytester.path / "articles" / "a.txt").write_text(ARTICLE)
    pytester.makepyfile(test_news=TEST)
    return pytester


def record(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.RunResult:
    with serve(lambda *_: Reply(claims(CLAIM))) as server, monkeypatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", server.url)
        patch.setenv("CLAIMX_MODEL", "m")
        return suite.runpytest("--claimx-record")


def test_recorded_once_the_test_replays_offline(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(suite, monkeypatch).assert_outcomes(passed=1)
    folder = suite.path / "cassettes" / "test_news" / "test_plant_is_reported"
    assert len(list(folder.glob("*.json"))) == 2
    suite.runpytest().assert_outcomes(passed=1)


def test_without_cassettes_the_test_fails_and_says_how_to_record(suite: pytest.Pytester) -> None:
    result = suite.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*InputError*no cassettes there*Record them with --record*"])


def test_changed_article_fails_with_what_differs(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(suite, monkeypatch)
    Path(suite.path / "articles" / "a.txt").write_text(ARTICLE.replace("300", "400"))
    result = suite.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*OfflineMiss*a.txt, segment 0*differs from the nearest*"])


def test_marker_names_the_folder(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = "import pytest\n@pytest.mark.claimx_cassettes('tapes')" + TEST
    suite.makepyfile(test_news=marked)
    record(suite, monkeypatch)
    assert (suite.path / "tapes" / "recording.json").is_file()
    suite.runpytest("--strict-markers").assert_outcomes(passed=1)


def test_network_is_blocked_while_replaying(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_net="""
        import socket, pytest

        def test_no_network(claimx_replay):
            with pytest.raises(PermissionError, match="blocks the network"):
                socket.create_connection(("127.0.0.1", 9))
            with socket.socket() as one, socket.socket(type=socket.SOCK_DGRAM) as two:
                with pytest.raises(PermissionError, match="blocks the network"):
                    one.connect_ex(("127.0.0.1", 9))
                with pytest.raises(PermissionError, match="blocks the network"):
                    two.sendto(b"a", ("127.0.0.1", 9))
                with pytest.raises(PermissionError, match="blocks the network"):
                    two.sendmsg([b"a"], [], 0, ("127.0.0.1", 9))
            ends = socket.socketpair()
            ends[0].sendmsg([b"a"])
            assert ends[1].recv(1) == b"a"
            for one in ends:
                one.close()
        """
    )
    suite.runpytest("test_net.py").assert_outcomes(passed=1)


def test_recording_without_a_model_ends_with_status_2(suite: pytest.Pytester) -> None:
    """Else the reader without a model would make the test pass, and nothing be recorded."""
    result = suite.runpytest("--claimx-record")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*--claimx-record: no model to ask. Set CLAIMX_MODEL.*"])
    assert not (suite.path / "cassettes").exists()


def test_recording_with_the_model_of_the_test_needs_no_other(suite: pytest.Pytester) -> None:
    with serve(lambda *_: Reply(claims(CLAIM))) as server:
        named = TEST.replace('"articles/"', f'"articles/", model="m", base_url="{server.url}"')
        suite.makepyfile(test_news=named)
        suite.runpytest("--claimx-record").assert_outcomes(passed=1)
    assert (suite.path / "cassettes").exists()
