"""Parse a document once: its sentences, their speakers, and the aliases it defines."""

from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from itertools import chain

from claimx.language.features import Alias
from claimx.language.lexicon import Language
from claimx.language.names import find_aliases
from claimx.language.tokens import Tokens, guess_language, tokenize
from claimx.language.words import list_words
from claimx.records import Document, Sentence, Span
from claimx.segment.attribution import AttributedSentence, attribute_sentences
from claimx.segment.sentences import split_sentences
from claimx.segment.voices import credit_voices


class ParsedDocument:
    """
    A document with its analysis, which is computed on first use and kept.

    It is passed from stage to stage, so that each part is computed once for a
    document, however many documents are being processed at the same time.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence with its kind, in order; see `split_sentences`."""
        return split_sentences(self.text)

    @cached_property
    def attributed(self) -> tuple[AttributedSentence, ...]:
        """The sentences that may state something, with their speakers, in order."""
        found = attribute_sentences(self.text, self.sentences)
        return tuple(credit_voices(self.document, found) if self.document.times else found)

    @cached_property
    def attributed_by_index(self) -> dict[int, AttributedSentence]:
        """The same, by the index of the sentence."""
        return {one.sentence.index: one for one in self.attributed}

    @cached_property
    def tokens(self) -> Tokens:
        """The words, numbers and marks of the whole text."""
        return tokenize(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the text, in lower case; see `list_words`."""
        return frozenset(chain.from_iterable(map(list_words, self.text.split("\n"))))

    @cached_property
    def language(self) -> Language:
        """The language that the text reads as."""
        return guess_language(self.tokens)

    @property
    def prose(self) -> tuple[int, ...]:
        """Starts and ends of the stretches of prose, alternating."""
        spans = (one.span for one in self.sentences if one.kind == "prose")
        return tuple(chain.from_iterable((span.start, span.end) for span in spans))

    @cached_property
    def aliases(self) -> tuple[Alias, ...]:
        """The names that the text itself says stand for one another: "SM-6" and its full name."""
        return find_aliases(self.tokens)

    @cached_property
    def _starts(self) -> list[int]:
        return [sentence.span.start for sentence in self.sentences]

    def find_sentence(self, offset: int) -> int:
        """Return the index of the last sentence that starts at or before *offset*, else -1."""
        return bisect_right(self._starts, offset) - 1

    def find_sentences(self, spans: Iterable[Span]) -> tuple[int, ...]:
        """Return the indexes of the sentences that *spans* touch, in order."""
        touched: set[int] = set()
        for span in spans:
            at = max(0, self.find_sentence(span.start))
            while at < len(self.sentences) and self._starts[at] < span.end:
                if self.sentences[at].span.overlaps(span):
                    touched.add(at)
                at += 1
        return tuple(sorted(touched))


def parse_document(document: Document | ParsedDocument) -> ParsedDocument:
    """Parse *document*, unless it is parsed already."""
    return document if isinstance(document, ParsedDocument) else ParsedDocument(document)


def parse_text(text: str) -> ParsedDocument:
    """Parse *text* that comes from no file."""
    return ParsedDocument(Document(id="", source="", text=text, sha256=""))
