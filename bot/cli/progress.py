"""Progress bars on stderr, and the messages after them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from index.embed.bundled_models import Progress


@contextmanager
def preparing() -> "Iterator[Progress]":
    """A progress bar that appears only if a model is really being prepared."""
    bar: Bar | None = None

    def update(share: float) -> None:
        nonlocal bar
        if bar is None:
            from rich.console import Console
            from rich.progress import Progress

            bar = Progress(console=Console(stderr=True), transient=True)
            bar.add_task("Preparing the model (once)", total=1.0)
            bar.start()
        bar.update(bar.task_ids[0], completed=share)
        if share >= 1:
            bar.stop()

    try:
        yield update
    finally:
        if bar is not None:
            bar.stop()


def adding(sources: int) -> "Bar":
    """A progress bar on stderr for several sources, with their number, the rate and the time left; none for one."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Adding"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True, disable=sources < 2)
    bar.add_task("", total=sources, rate="")
    return bar


def not_added(failed: Sequence[tuple[str, str]], sources: int) -> str:
    """One line for each source that could not be added, with the reason. If there were several sources, a line above
    counts the failures."""
    from index.ingest.fetch import is_url, printable_url

    if sources == 1:
        return f"quoth: {failed[0][1]}"
    lines = [f"quoth: {len(failed)} of {sources} were not added:"]
    for source, reason in failed:
        name = f"{printable_url(source) if is_url(source) else source}: "
        lines.append(name + reason.removeprefix(name))
    return "\n".join(lines)
