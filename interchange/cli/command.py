"""Commands and groups whose help ends with examples, and that say what a mistyped word may have meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AS_JSON = "interchange.as_json"
"""Key in a context's `meta`: the command that is carried out was asked for JSON."""

DONE = "interchange.done"
"""Key in a context's `meta`: the command has changed something at a node, whatever becomes of its output."""

_SENTENCE = 400
"""Characters of a first sentence; none comes near."""

_MOST_MEANT = 3


class WithExamples(click.Command):
    """A command that shows one or two calls after its options."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **attributes: Any) -> None:  # noqa: ANN401 - click's
        """Take what click takes, and the examples, each one call."""
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's
        """Carry it out; how it wants to be answered is kept for whoever tells that it failed."""
        ctx.meta[AS_JSON] = bool(ctx.params.get("as_json"))
        return super().invoke(ctx)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they stand; a line that was wrapped could not be copied."""
        super().format_epilog(ctx, formatter)
        if not self.examples:
            return
        with formatter.section("Example" if len(self.examples) == 1 else "Examples"):
            for example in self.examples:
                formatter.write("".join(f"  {line}\n" for line in example.splitlines()))


class Command(WithExamples):
    """One verb."""


class Group(WithExamples, click.Group):
    """One noun, with its verbs in the order in which they are declared."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """List the verbs as they stand in the file, which is the order of their use."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the first word; one that is not there is answered with those that look like it."""
        word = args[0]
        if not ctx.resilient_parsing and not word.startswith("-") and self.get_command(ctx, word) is None:
            meant = [f"'{each}'" for each in self._meant(ctx, word)]
            question = f" Did you mean {' or '.join(meant)}?" if meant else ""
            message = f"no such command '{word}'.{question}"
            raise click.UsageError(message, ctx)
        return super().resolve_command(ctx, args)

    def _meant(self, ctx: click.Context, word: str) -> list[str]:
        """List commands that look like a word: those from here, or else all others with the words that lead there."""
        own = get_close_matches(word, self.list_commands(ctx), n=_MOST_MEANT)
        if own:
            return own
        # Whoever knows the verb may not know its noun.
        root, known = ctx.find_root(), dict[str, list[str]]()
        for path in _below(root.command, root):
            known.setdefault(path[-1], []).append(" ".join(path))
        close = get_close_matches(word, known, n=_MOST_MEANT)
        return [path for each in close for path in known[each]][:_MOST_MEANT]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the verbs with all of their first sentences, which click would cut to one line."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, verb.get_short_help_str(limit=_SENTENCE)) for name, verb in self.commands.items()]
            )


def _below(command: click.Command, ctx: click.Context, *path: str) -> Iterator[tuple[str, ...]]:
    """List the verbs below a command with the nouns before them."""
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            found = command.get_command(ctx, name)
            if found is not None:
                yield from _below(found, ctx, *path, name)
    elif path[1:]:
        yield path
