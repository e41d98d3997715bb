"""Jobs: what is done apart from a request, because it takes long, may fail, or is due at a time.

A job is queued in the transaction of the change that asks for it and marked done in the transaction of the change it
makes. The queue (`pgqueuer`) only says who looks at which job next; the table `job` says what became of it.
"""

from core.jobs.declared import JobFailed, JobFunction, JobKind, JobLost, Retries, Task
from core.jobs.models import Job, JobState
from core.jobs.problems import JOB_NOT_DEAD, JOB_NOT_FOUND, JOB_UNDER_WAY, JOBS_WAITING
from core.jobs.queries import job
from core.jobs.schedule import Schedule
from core.jobs.service import forget_jobs, queue_job, queue_jobs, retry_job
from core.jobs.worker import Worker

__all__ = [
    "JOBS_WAITING",
    "JOB_NOT_DEAD",
    "JOB_NOT_FOUND",
    "JOB_UNDER_WAY",
    "Job",
    "JobFailed",
    "JobFunction",
    "JobKind",
    "JobLost",
    "JobState",
    "Retries",
    "Schedule",
    "Task",
    "Worker",
    "forget_jobs",
    "job",
    "queue_job",
    "queue_jobs",
    "retry_job",
]
