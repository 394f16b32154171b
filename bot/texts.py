"""Every sentence the bot says, by language. A new language is one more ``Texts`` in ``_LANGUAGES``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one language. Those with a field in braces are filled in with ``str.format``."""

    start: str  # {title}
    start_empty: str
    help: str
    help_in_groups: str  # {username}
    how_to_ask: str
    only_text: str
    no_answer: str
    not_a_question: str
    closest_button: str
    closest: str
    no_article: str
    article_set: str  # {title}
    choose_article: str
    article_gone: str
    library_changed: str
    summary_title: str  # {title}
    sources_about: str
    sources_last: str
    sources_named: str
    no_named_sources: str
    nothing_said_yet: str
    error: str
    paragraph: str  # {n}
    more: str  # {n}
    command_start: str
    command_help: str
    command_ask: str
    command_summary: str
    command_sources: str
    command_article: str

    @property
    def commands(self) -> tuple[tuple[str, str], ...]:
        """Name and description of each command, in the order of the menu."""
        return (
            ("ask", self.command_ask),
            ("summary", self.command_summary),
            ("sources", self.command_sources),
            ("article", self.command_article),
            ("help", self.command_help),
            ("start", self.command_start),
        )


ENGLISH = Texts(
    start=(
        "Hello. Ask me about “{title}” and I answer with its own sentences, "
        "each with a link to where it stands.\n\n"
        "Just write your question. /summary gives you the gist, /help the rest."
    ),
    start_empty=(
        "Hello. I answer questions about an article with its own sentences.\n\n"
        "There is nothing to ask about yet: the owner adds an article with “quoth add”."
    ),
    help=(
        "I answer from one article, only in its own words, and I say so when it has no answer.\n\n"
        "/ask and your question: the sentences that answer it\n"
        "/summary: the few sentences that cover the article\n"
        "/sources: where the article comes from, what my last answer rests on, whom it names as sources\n"
        "/article: choose what we talk about"
    ),
    help_in_groups="In a group, mention @{username} with your question or reply to one of my messages.",
    how_to_ask="What would you like to know? Write the question in the same message, for example: /ask Who said that?",
    only_text="I can only read text. Please write your question.",
    no_answer="The article does not say.",
    not_a_question="Ask me something about the article, and I look for the sentences that answer.",
    closest_button="Show the closest passage",
    closest="The closest passage, which may not answer the question:",
    no_article="There is nothing to ask about yet: the owner adds an article with “quoth add”.",
    article_set="Now answering from “{title}”.",
    choose_article="Which article shall we talk about?",
    article_gone="That article is no longer here. Choose another with /article.",
    library_changed="The articles have changed in the meantime. Choose one with /article.",
    summary_title="In short: {title}",
    sources_about="The article",
    sources_last="Behind my last answer",
    sources_named="The article names as its sources",
    no_named_sources="It names none that I could find.",
    nothing_said_yet="I have not quoted anything here yet.",
    error="Something went wrong on my side. Please ask again in a minute.",
    paragraph="¶ {n}",
    more="+ {n} more",
    command_start="Say hello",
    command_help="What I do and how to ask",
    command_ask="Ask the article a question",
    command_summary="The gist, in the article’s own sentences",
    command_sources="Where it all comes from",
    command_article="Choose the article",
)

_LANGUAGES = {"en": ENGLISH}


def texts_for(language_code: str | None) -> Texts:
    """The sentences for an IETF language tag such as Telegram gives (``de``, ``pt-br``), or the English ones."""
    return _LANGUAGES.get((language_code or "").partition("-")[0].casefold(), ENGLISH)
