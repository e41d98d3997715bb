"""What happened: every change writes an event in its own transaction, and the database lets nobody alter one."""

from core.audit.models import AuditEvent
from core.audit.record import Event, plain, write_events

__all__ = ["AuditEvent", "Event", "plain", "write_events"]
