"""The step from schema 0001 to 0002."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from interchange.store import told
from interchange.store.ledger import connect
from interchange.store.migrate import MIGRATIONS, upgrade


def test_keyrings_that_are_there_count_as_told(empty_url: str) -> None:
    """Telling one of them again after the upgrade lifts no restriction."""
    ledger = connect(empty_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with ledger.engine.begin() as tx:
        config.attributes["transaction"] = tx
        command.upgrade(config, "0001")
        tx.execute(text("INSERT INTO keyrings VALUES ('a.example', 3, 'jws', 'digest', 0)"))
    upgrade(ledger)
    found = ledger.read(lambda tx: [told.told_keyring(tx, "a.example", number) for number in (2, 3)])
    ledger.close()
    assert found == [False, True]
