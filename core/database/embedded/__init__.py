"""The PostgreSQL that comes in a wheel: started by itself when no `DURE_DATABASE_URL` is given."""

from core.database.embedded.server import embedded_url, stopped_server

__all__ = ["embedded_url", "stopped_server"]
