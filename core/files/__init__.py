"""Files in: what people send as evidence, checked on its way, stored once, attached to what it proves, kept its time.

A file is announced, sent to the address that answers (`receive_upload`), and attached by the token of that address, so
that nobody attaches or learns of what is not theirs by a digest alone. What was filed is frozen: PostgreSQL refuses to
alter it, and to delete it before its day. Filings carry documents by `core.activities`; a plugin whose own things carry
some makes a `Place` of each, asks who may, and calls the same verbs.
"""

from core.files.attachments import Place, attach, attachment_by_id, attachments_of, detach, freeze, keep_until
from core.files.models import Attachment, StoredFile, Upload
from core.files.receiving import ReceivedFile, receive_upload
from core.files.store import DocumentStore, store_errors
from core.files.tidying import Tidied, tidy_documents
from core.files.uploads import UploadAddress, request_upload
from core.files.verify import verify_documents

__all__ = [
    "Attachment",
    "DocumentStore",
    "Place",
    "ReceivedFile",
    "StoredFile",
    "Tidied",
    "Upload",
    "UploadAddress",
    "attach",
    "attachment_by_id",
    "attachments_of",
    "detach",
    "freeze",
    "keep_until",
    "receive_upload",
    "request_upload",
    "store_errors",
    "tidy_documents",
    "verify_documents",
]
