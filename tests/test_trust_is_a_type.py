"""Verified bytes are made in one place: whoever holds them knows that a signature was checked."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "interchange"
CHECK = "crypto/check.py"


def built(name: str) -> set[str]:
    """List the files of the package in which something calls a class, under whatever name it was imported."""
    return {str(path.relative_to(PACKAGE)) for path in sorted(PACKAGE.rglob("*.py")) if _calls(path, name)}


def _calls(path: Path, name: str) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    aliases = {name} | set(_aliases(tree, name))
    return any(isinstance(node, ast.Call) and _called(node) in aliases for node in ast.walk(tree))


def _aliases(tree: ast.Module, name: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.asname for alias in node.names if alias.name == name and alias.asname)


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(found) | ast.Attribute(attr=found):
            return found
    return ""


def handled(name: str) -> set[str]:
    """List the files in which a class is handled as a value: passed on, kept or taken as a base."""
    return {str(path.relative_to(PACKAGE)) for path in sorted(PACKAGE.rglob("*.py")) if _handles(path, name)}


def _handles(path: Path, name: str) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    annotations = {
        id(inner)
        for node in ast.walk(tree)
        for outer in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if isinstance(outer, ast.AST)
        for inner in ast.walk(outer)
    }
    return any(
        isinstance(node, ast.Name) and node.id == name and id(node) not in annotations for node in ast.walk(tree)
    )


def test_only_the_signature_check_builds_verified_bytes() -> None:
    """There is no other way from bytes to something that parsers of claims take."""
    assert built("VerifiedBytes") == {CHECK}


def test_verified_bytes_are_only_named_as_a_type_elsewhere() -> None:
    """Neither a subclass nor a table of constructors goes round the check."""
    assert handled("VerifiedBytes") == {CHECK}


def test_readers_of_verified_claims_take_nothing_else() -> None:
    """What reads claims asks for verified bytes by its signature."""
    takers = {
        f"{path.relative_to(PACKAGE)}:{node.name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for argument in node.args.args
        if argument.annotation and ast.unparse(argument.annotation) == "VerifiedBytes"
    }
    assert takers == {
        "wire/binding.py:parse_binding",
        "wire/claims.py:parse_assertion",
        "wire/status_list.py:parse_status_claims",
    }
