"""Commands and groups whose help ends with examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

_SENTENCE = 400
"""Characters of a first sentence; none comes near."""


class WithExamples(click.Command):
    """A command that shows one or two calls after its options."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **attributes: Any) -> None:  # noqa: ANN401 - click's
        """Take what click takes, and the examples, each one call."""
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)

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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the verbs with all of their first sentences, which click would cut to one line."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, verb.get_short_help_str(limit=_SENTENCE)) for name, verb in self.commands.items()]
            )
