"""LangChain, used as in its introduction: chunks of 1,000 characters that overlap by 200, in FAISS."""

from pathlib import Path

from benchmarks.peers.course import Told, run


class LangChain:
    def __init__(self, model: str, folder: Path) -> None:
        from langchain_huggingface import HuggingFaceEmbeddings

        self._folder = folder
        self._embeddings = HuggingFaceEmbeddings(
            model_name=model,
            model_kwargs={"device": "cpu"},
            encode_kwargs={"normalize_embeddings": True, "prompt_name": "document"},
            query_encode_kwargs={"normalize_embeddings": True, "prompt_name": "query"},
        )

    def index(self, number: int, article: Told) -> None:
        from langchain_community.vectorstores import FAISS
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        pieces = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_text(article["text"])
        FAISS.from_texts(pieces, self._embeddings).save_local(str(self._folder / str(number)))

    def open(self, numbers: list[int]) -> None:
        from langchain_community.vectorstores import FAISS

        self._indexes = {
            number: FAISS.load_local(
                str(self._folder / str(number)), self._embeddings, allow_dangerous_deserialization=True
            )
            for number in numbers
        }

    def ask(self, number: int, question: str) -> tuple[list[str], list[str]]:
        return [found.page_content for found in self._indexes[number].similarity_search(question)], []


if __name__ == "__main__":
    run(LangChain)
