"""English text that every Python brings: the help topics of `pydoc`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lipschitz.errors import DataError
from lipschitz_trainers.data.text import Sentences

_SENTENCE_END = re.compile(r"(?<=[a-z)\"][.!?]) +(?=[A-Z\"])")
_MARKUP = re.compile(r"(?<!\w)(\*{1,2})(\S(?:.*?\S)?)\1(?!\w)")
_REFERENCES = re.compile(r" ?\[\d+\]")
_PROSE = re.compile(r"[A-Z][A-Za-z0-9 ,;:'\"()_./-]{15,}[.!?]")
_SHARE_OF_LETTERS = 0.75


@dataclass(frozen=True, kw_only=True)
class PydocTopics(Sentences):
    """Sentences from the help topics of Python as one-hot characters, shape (length, characters); needs no file.

    The prose of the language reference in `pydoc_data.topics`: headings, tables, grammar and code are left out,
    markup is removed. What there is depends on the version of Python, so compare runs of one version only.

    Attributes:
        length: characters of a sample; longer sentences are cut, shorter ones filled up with the backquote.
        vocabulary: size of the vocabulary at most, with the unknown character, which has index 0; the others are the
            most frequent ones, the backquote among them.
        held_out: how many samples are never trained on: the last ones after a fixed shuffle.
        wrap: whether a long sentence goes on in further samples, broken between words, rather than being cut.

    Example:
        >>> source = PydocTopics(length=24).open()
        >>> source.kind, source.shape[0]
        ('text', 24)
    """

    name = "pydoc_topics"
    wrap: bool = True

    def sentences(self) -> Iterable[str]:
        """Return the sentences, or their pieces.

        Raises:
            DataError: this Python comes without the topics.
        """
        try:
            from pydoc_data.topics import topics
        except ImportError as error:
            raise DataError(
                "pydoc_topics: expected Python's help topics (the module pydoc_data.topics), got a Python without "
                "them; install the complete standard library, or use the dataset `text`."
            ) from error
        # Topics repeat whole sections of one another: each sentence counts once, or held-out ones would be trained on.
        once = dict.fromkeys(sentence for name in sorted(topics) for sentence in prose(topics[name]))
        for sentence in once:
            if self.wrap:
                yield from textwrap.wrap(sentence, self.length)
            else:
                yield sentence


def prose(topic: str) -> Iterator[str]:
    """Yield the sentences of a help topic.

    Example:
        >>> list(prose("Title\\n*****\\n\\nThis is *the* first sentence.\\nHere is the second one.\\n\\n   x = 1\\n"))
        ['This is the first sentence.', 'Here is the second one.']
    """
    for block in re.split(r"\n\s*\n", topic):
        text = _REFERENCES.sub("", _MARKUP.sub(r"\2", " ".join(block.split()))).removeprefix("* ")
        for sentence in _SENTENCE_END.split(text):
            letters = sum(character.isalpha() or character == " " for character in sentence)
            if _PROSE.fullmatch(sentence) and letters >= _SHARE_OF_LETTERS * len(sentence):
                yield sentence
