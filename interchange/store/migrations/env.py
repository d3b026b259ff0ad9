"""What Alembic runs for every command: the steps on the open transaction it was given, and nothing else."""

from alembic import context

context.configure(connection=context.config.attributes["transaction"])
context.run_migrations()
