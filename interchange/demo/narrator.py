"""Telling the story: plain words with times for people, one JSON line a step for programs."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from interchange.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator


class NotHeld(Exception):
    """Something that the story promises did not happen."""


class Narrator:
    """Prints what happens as it happens, and remembers whether every step held."""

    def __init__(self, *, as_json: bool) -> None:
        """Begin to count time; `as_json` prints one line a step instead of sentences."""
        self._as_json = as_json
        self._began = time.monotonic()
        self._facts: list[str] = []
        self.held = True

    @contextmanager
    def step(self, number: int, title: str) -> Iterator[None]:
        """Tell one step; a failure inside is told and ends the story."""
        began = time.monotonic()
        self._facts = []
        if not self._as_json:
            self._print(f"\n{began - self._began:5.1f} s  {number}. {title}")
        fault = ""
        try:
            yield
        except (NotHeld, Refusal) as error:
            self.held, fault = False, str(error)
            raise NotHeld(fault) from error
        finally:
            if self._as_json:
                line = {"step": number, "title": title, "held": not fault, "facts": self._facts}
                seconds = round(time.monotonic() - began, 3)
                self._print(json.dumps({**line, "seconds": seconds, "fault": fault}, ensure_ascii=False))
            elif fault:
                self._print(f"         ✗ {fault}")

    def say(self, fact: str) -> None:
        """Tell a fact of the present step."""
        self._facts.append(fact)
        if not self._as_json:
            self._print(f"         {fact}")

    def holds(self, claim: str, *, true: bool) -> None:
        """Tell a claim that was checked; an untrue one ends the story."""
        if not true:
            raise NotHeld(claim)
        self.say(f"✓ {claim}")

    def end(self, steps: int, where: str) -> None:
        """Close the story for people; programs have read every step already."""
        if not self._as_json:
            last = f"all {steps} steps held" if self.held else f"the story did not hold; {where}"
            self._print(f"\n{time.monotonic() - self._began:5.1f} s  {last}")

    def _print(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
