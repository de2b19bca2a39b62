"""Text: lines of files, vocabulary by frequency, one-hot samples, strings, and every fault named."""

import collections
import gzip

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import DataError, FieldError
from lipschitz_trainers.data import BillionWord, Digits, PydocTopics, Text, TextSource
from lipschitz_trainers.data import vocabulary as vocabulary_module
from lipschitz_trainers.data.pydoc_topics import prose
from lipschitz_trainers.data.text_lines import sentences_of
from lipschitz_trainers.data.vocabulary import encode

LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12), min_size=1, max_size=30
)


@settings(deadline=None)
@given(LINES, st.integers(1, 10), st.integers(2, 40), st.integers(1, 40), st.sampled_from([1, 7, 50_000]))
def test_encoding_is_that_of_a_plain_count(lines, length, cap, limit, chunk):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary_module, "CHUNK", chunk)
        encoded = encode(lambda: iter(lines), length=length, cap=cap, limit=limit)
    used = [line[:length] + "`" * (length - len(line[:length])) for line in lines[:limit]]
    counts = collections.Counter("".join(used))
    want = sorted(counts, key=lambda character: (-counts[character], ord(character)))[: cap - 1]
    assert list(encoded.vocabulary[1:]) == want
    index = {character: i for i, character in enumerate(want, 1)}
    assert encoded.lines.tolist() == [[index.get(character, 0) for character in line] for line in used]
    assert encoded.lines.dtype == torch.uint8


def test_large_vocabularies_take_two_bytes():
    characters = [chr(0x4E00 + i) for i in range(300)]
    encoded = encode(lambda: characters, length=1, cap=2048, limit=1000)
    assert encoded.lines.dtype == torch.int16
    assert encoded.lines.flatten().tolist() == list(range(1, 301))
    small, larger = (encode(lambda: characters, length=1, cap=cap, limit=1000).lines for cap in (256, 257))
    assert (small.dtype, int(small.max())) == (torch.uint8, 255)
    assert (larger.dtype, int(larger.max())) == (torch.int16, 256)


@pytest.fixture
def write(tmp_path):
    def write(content, name="text.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.mark.parametrize("packed", [False, True])
def test_lines_are_read_without_empty_ones(write, packed):
    content = "one\n\n  \ntwo words \r\nthrée".encode()
    path = write(gzip.compress(content) if packed else content)
    assert list(sentences_of(path)) == ["one", "two words ", "thrée"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_byte_order_mark_at_the_start_is_no_character(write, tmp_path, packed):
    for number in range(2):
        content = f"{number}a\n\ufeffb\n".encode("utf-8-sig")
        write(gzip.compress(content) if packed else content, f"shards/news.en-{number}")
    assert list(sentences_of(tmp_path / "shards" / "news.en-0")) == ["0a", "\ufeffb"]  # elsewhere it is one
    assert list(sentences_of(tmp_path / "shards")) == ["0a", "\ufeffb", "1a", "\ufeffb"]
    source = BillionWord(folder=str(tmp_path / "shards"), length=2, held_out=1).open()
    assert sorted(source.vocabulary[1:]) == sorted({*"01ab", "\ufeff"})


def test_the_files_of_a_folder_come_sorted(write, tmp_path):
    write("b\n", "shards/news-2")
    write(gzip.compress(b"a\n"), "shards/news-1.gz")
    write("c\n", "shards/sub/x")
    write("hidden\n", "shards/.x")
    assert list(sentences_of(tmp_path / "shards")) == ["a", "b", "c"]


def test_samples_are_one_hot_and_decode_to_their_lines(write):
    lines = [f"{i:02} line" for i in range(50)]
    source = Text(path=write("\n".join(lines)), length=9, held_out=10).open()
    assert source.kind == "text"
    assert source.shape == (9, len(source.vocabulary))
    batch = source.train(torch.Generator().manual_seed(0)).next(60).x
    assert batch.shape == (60, *source.shape)
    assert torch.equal(batch.sum(-1), torch.ones(60, 9))
    assert set(batch.unique().tolist()) == {0, 1}
    held_out = source.decode(source.held_out(10, torch.Generator()).x)
    trained = source.decode(batch)
    assert set(trained) | set(held_out) == {f"{line}``" for line in lines}
    assert set(trained).isdisjoint(held_out)
    assert sorted(source.decode(source.one_hot(source.train_lines))) == sorted(set(trained))


def test_unknown_characters_have_index_zero_and_are_shown(write):
    source = Text(path=write("aab\naac\n"), length=3, vocabulary=2, held_out=1).open()
    assert source.vocabulary == ("�", "a")
    assert source.decode(source.held_out(1, torch.Generator()).x) == ["aa�"]


def test_decoding_takes_the_largest_value():
    source = TextSource(
        torch.zeros(2, 2, dtype=torch.uint8), torch.zeros(1, 2, dtype=torch.uint8), ("?", "a", "b")
    )
    x = torch.tensor([[[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]]], requires_grad=True)
    assert source.decode(x) == ["ab"]
    with pytest.raises(DataError, match="holds images, which cannot be read as strings"):
        Digits().open().decode(x)


def test_a_limit_takes_the_first_sentences(write):
    path = write("\n".join("abcdef"))
    assert Text(path=path, length=1, held_out=1, limit=3).open().vocabulary == ("�", "a", "b", "c")


FAULTS = {
    "no text": (b"", "text.txt: expected sentences, got no line"),
    "empty lines": (b"\n \n\n", "text.txt: expected sentences, got no line"),
    "only a byte order mark": (b"\xef\xbb\xbf\n", "text.txt: expected sentences, got no line"),
    "latin 1": ("fine\ncafé\n".encode("latin-1"), "text.txt: expected UTF-8 text, .* in line 2"),
    "zero bytes": (b"a\nb\0c\n", "text.txt: .*zero byte in line 2"),
    "cut off gzip": (gzip.compress(b"word\n" * 1000)[:-9], "text.txt: .*damaged gzip data"),
    "changed gzip": (gzip.compress(b"word\n" * 1000)[:15] + b"\xff" * 20, "text.txt: .*damaged gzip data"),
    "one line": (b"a\n", "text.txt: expected more than held_out=1 sentences, got 1; hold out fewer"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faulty_text_is_named(write, fault):
    content, message = FAULTS[fault]
    with pytest.raises(DataError, match=message):
        Text(path=write(content), held_out=1).open()


def test_the_folder_of_too_few_sentences_is_named(write, tmp_path):
    write("a\n", "shards/news.en-00001-of-00100")
    for dataset in (Text(path=str(tmp_path / "shards")), BillionWord(folder=str(tmp_path / "shards"))):
        with pytest.raises(DataError, match="shards: expected more than held_out=1000 sentences, got 1"):
            dataset.open()


def test_missing_text_is_named(tmp_path):
    with pytest.raises(
        DataError, match="nowhere: expected a text file or a folder of them, got no such file"
    ):
        Text(path=str(tmp_path / "nowhere")).open()
    with pytest.raises(DataError, match="got an empty one"):
        Text(path=str(tmp_path)).open()
    with pytest.raises(FieldError, match="vocabulary must be >= 2"):
        Text(path="x", vocabulary=1)


@pytest.mark.parametrize(
    ("train", "held_out", "message"),
    [
        (torch.zeros(2, 3), torch.zeros(2, 4), "held-out lines must have shape"),
        (torch.zeros(0, 3), torch.zeros(2, 3), "training lines must have shape"),
        (torch.zeros(2), torch.zeros(2), "training lines must have shape"),
        (torch.full((2, 3), 2), torch.zeros(2, 3), "indices below 2"),
        (torch.zeros(2, 3), torch.full((2, 3), -1), "indices below 2"),
    ],
)
def test_lines_that_do_not_fit_are_refused(train, held_out, message):
    with pytest.raises(DataError, match=message):
        TextSource(train.to(torch.int16), held_out.to(torch.int16), ("?", "a"))


def test_held_out_lines_run_out_with_an_error_that_says_so(write):
    source = Text(path=write("a\nb\nc\n"), held_out=1).open()
    with pytest.raises(DataError, match="2 held-out samples are needed and this data has 1"):
        source.held_out(2, torch.Generator())
    with pytest.raises(DataError, match="no labels"):
        source.labelled()


@pytest.mark.parametrize("above", ["", "training-monolingual.tokenized.shuffled/"])
def test_the_shards_of_the_billion_words_are_found(write, tmp_path, above):
    write("first shard\n" * 3, f"{above}news.en-00001-of-00100")
    write("second shard\n" * 3, f"{above}news.en-00002-of-00100")
    source = BillionWord(folder=str(tmp_path), length=6, held_out=1).open()
    assert {*source.decode(source.one_hot(source.train_lines))} == {"first ", "second"}


def test_missing_shards_say_how_to_get_them(tmp_path):
    with pytest.raises(DataError, match=r"billion_word: .*news.en-\*; .*statmt.org.*'folder'"):
        BillionWord(folder=str(tmp_path)).open()


def test_the_help_topics_are_clean_english():
    source = PydocTopics().open()
    assert source.shape[0] == 32
    lines = [line.rstrip("`") for line in source.decode(source.one_hot(source.train_lines))]
    assert len(lines) > 3000
    assert not any("  " in line or "\n" in line or "::=" in line or "�" in line for line in lines)
    words = collections.Counter(word for line in lines for word in line.split())
    assert "the" in [word for word, _ in words.most_common(3)]
    again = PydocTopics().open()
    assert torch.equal(source.train_lines, again.train_lines)


def test_whole_sentences_come_once_so_that_none_is_on_both_sides():
    sentences = list(PydocTopics(wrap=False).sentences())
    assert len(set(sentences)) == len(sentences) > 1000
    assert all(sentence[0].isupper() and sentence[-1] in ".!?" for sentence in sentences)


def test_prose_leaves_out_code_tables_and_grammar():
    topic = (
        'The "if" statement\n******************\n\n'
        "The **if** statement is used for *conditional* execution [2]. It is\nold:\n\n"
        '   if_stmt ::= "if" expression ":" suite\n\n   >>> if x: y = {1: 2}\n\n+---+---+\n| a | b |\n+---+---+\n\n'
        "* Items of a list are sentences\n  too, if they end like one.\n"
    )
    assert list(prose(topic)) == [
        "The if statement is used for conditional execution.",
        "Items of a list are sentences too, if they end like one.",
    ]


def test_real_sentences_are_read(shared):
    source = Text(path=shared("brown-sentences.txt.gz"), held_out=2000).open()
    assert len(source.train_lines) + len(source.held_out_lines) == 57_340
    assert source.train_lines.dtype == torch.uint8
    assert source.vocabulary[1:4] == (" ", "e", "t")
    first = next(iter(sentences_of(shared("brown-sentences.txt.gz"))))
    assert first.startswith("The Fulton County Grand Jury said")
