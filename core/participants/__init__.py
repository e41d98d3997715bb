"""Who takes part in a program (참여기관): institutions that file, that use what it gives, that run it; never people.

Whoever files, or publishes a call, is put on the list by the database; operators register whom that does not show.
"""

from core.participants.models import Participant, ParticipantRole
from core.participants.queries import takes_part
from core.participants.service import end_participation, register_participant

__all__ = ["Participant", "ParticipantRole", "end_participation", "register_participant", "takes_part"]
