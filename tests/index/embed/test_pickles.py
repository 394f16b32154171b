"""No file is ever unpickled: to unpickle is to run what stands in it."""

import ast
import json
import pickle
import shutil
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.state.database import Database
from bot.telegram.app import build_application
from index.embed.embedder import SentenceTransformerEmbedder
from index.embed.model_loader import load_embedder
from index.errors import ModelError
from index.library import Library
from tests.index.embed.test_model_loader import small_model
from tests.support.embedder import WordEmbedder
from tests.support.errors import of_kind

ROOT = Path(__file__).parents[3]
SOURCES = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "index").rglob("*.py")])
MODULES = {"pickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "dbm", "yaml", "code", "runpy"}
CALLS = {"eval", "exec", "compile", "__import__", "execfile"}
METHODS = {"torch.load", "torch.hub.load", "yaml.load", "yaml.unsafe_load", "pandas.read_pickle", "pd.read_pickle"}


def forbidden(source: str) -> list[str]:
    """What a module does that runs what it reads."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [name for name in names if name.partition(".")[0] in MODULES]
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            found += [called] if called in CALLS | METHODS or "Persistence" in called else []
            if called.endswith(("np.load", "numpy.load")):
                allowed = given.get("allow_pickle")
                found += [] if isinstance(allowed, ast.Constant) and allowed.value is False else [called]
            if called.endswith("SentenceTransformer") and "use_safetensors" not in ast.unparse(node):
                found.append(called)
            found += [called for name in ("trust_remote_code", "shell") if name in given and _true(given[name])]
    return found


def _true(value: ast.expr) -> bool:
    return not (isinstance(value, ast.Constant) and value.value is False)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_module_runs_what_it_reads(path: Path) -> None:
    assert forbidden(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from joblib import load", "def f():\n    import marshal", "eval('1')", "exec(x)",
        "torch.load(path)", "np.load(path)", "np.load(path, allow_pickle=True)", "yaml.load(x)",
        "PicklePersistence('x')", "SentenceTransformer(name)", "subprocess.run(x, shell=True)",
        "AutoModel(x, trust_remote_code=True)",
    ],
)  # fmt: skip
def test_it_would_be_noticed(source: str) -> None:
    assert forbidden(source)


def test_the_application_keeps_nothing_by_pickling(tmp_path: Path) -> None:
    database = Database(tmp_path)
    with Library.open(tmp_path, WordEmbedder()) as library:
        application = build_application(Settings(telegram_token="1:x", _env_file=None), library, database)
        assert application.persistence is None
    database.close()


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    small_model(folder)
    return folder / "whole"


@pytest.mark.parametrize("way", ["a trap", "weights that are well"])
def test_a_models_pickled_weights_are_not_opened(model: Path, tmp_path: Path, way: str) -> None:
    import torch
    from safetensors.torch import load_file

    folder, mark = tmp_path / "pickled", tmp_path / "sprung"
    shutil.copytree(model, folder)
    weights = folder / "model.safetensors"
    if way == "a trap":
        (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(mark)))
    else:
        torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
    for opened in (lambda: SentenceTransformerEmbedder(str(folder)).model(),
                   lambda: load_embedder(str(folder), tmp_path / "cache")):  # fmt: skip
        with pytest.raises(ModelError, check=of_kind("runs_code")):
            opened()
    assert not mark.exists()


def test_neither_are_those_of_a_layer_after_it(model: Path, tmp_path: Path) -> None:
    folder, mark = tmp_path / "layered", tmp_path / "sprung"
    shutil.copytree(model, folder)
    modules = json.loads((folder / "modules.json").read_text("utf-8"))
    kind = "sentence_transformers.sentence_transformer.modules.Dense"
    modules.append({"idx": len(modules), "name": str(len(modules)), "path": "2_Dense", "type": kind})
    (folder / "modules.json").write_text(json.dumps(modules), "utf-8")
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "config.json").write_text('{"in_features": 32, "out_features": 8}', "utf-8")
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(mark)))
    with pytest.raises(ModelError, check=of_kind("runs_code")):
        SentenceTransformerEmbedder(str(folder)).model()
    assert not mark.exists()


def test_beside_safetensors_a_pickle_does_no_harm(model: Path, tmp_path: Path) -> None:
    folder, mark = tmp_path / "both", tmp_path / "sprung"
    shutil.copytree(model, folder)
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(mark)))
    assert SentenceTransformerEmbedder(str(folder)).dimension == 32
    assert not mark.exists()


def test_nor_is_code_that_a_model_brings_along_run(model: Path, tmp_path: Path) -> None:
    folder, mark = tmp_path / "coded", tmp_path / "sprung"
    shutil.copytree(model, folder)
    modules = json.loads((folder / "modules.json").read_text("utf-8"))
    modules.append({"idx": len(modules), "name": str(len(modules)), "path": "", "type": "layer.Layer"})
    (folder / "modules.json").write_text(json.dumps(modules), "utf-8")
    (folder / "layer.py").write_text(f"open({str(mark)!r}, 'w')\n", "utf-8")
    with pytest.raises(ModelError):
        SentenceTransformerEmbedder(str(folder)).model()
    assert not mark.exists()
