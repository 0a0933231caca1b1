"""What can stand in the way of a job."""

from cohesin.kernel.errors import ConflictError, Fault, RuleRefusedError


class JobEndedError(ConflictError):
    message = "This job has ended; it cannot be cancelled any more."


class JobSwitchedOffError(ConflictError):
    message = "This job is switched off."


class JobDataRefusedError(RuleRefusedError):
    """The data of a trigger are not what the job takes."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__("The job does not take these data.", faults=[Fault(path, reason)])
