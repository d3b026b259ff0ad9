"""Generated blocks of the documents are what the program writes today."""

from pathlib import Path

import pytest
from docs.generated import DOCUMENTS
from docs.markdown import REFRESH, ROOT, documents, generated, read

BLOCKS = [(document, name) for document in DOCUMENTS for name in DOCUMENTS[document]]


@pytest.mark.parametrize(("document", "name"), BLOCKS)
def test_generated_block_is_current(document: str, name: str) -> None:
    """What a document shows is what comes out of the program today."""
    assert generated(read(document)).get(name) == DOCUMENTS[document][name](), f"to write it anew: {REFRESH}"


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_block_is_marked_that_nothing_generates(path: Path) -> None:
    """A block that says it is generated has something that generates it."""
    document = str(path.relative_to(ROOT))
    assert generated(read(document)).keys() <= DOCUMENTS.get(document, {}).keys()
