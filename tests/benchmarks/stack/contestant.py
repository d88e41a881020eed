"""One cold process: imports a handler, then answers requests, and says what CPU that took.

    python contestant.py HANDLER EVENT [CONNECT]  its import, and a warm request
    python contestant.py HANDLER - [CONNECT]      its import alone

CONNECT is a function of the handler's file that makes the AWS clients which its import does not.

Nothing but the standard library is imported here: what is measured is the handler's own.
"""

import json
import runpy
import sys
import time
from dataclasses import dataclass

WARMING, REQUESTS = 30, 300


@dataclass
class Context:
    """The part of Lambda's context that is read."""

    aws_request_id: str = "request"
    function_name: str = "function"
    function_version: str = "1"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:function"

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


def main(path: str, event_path: str, connect: str = "") -> None:
    """Print milliseconds of CPU, and how many modules the import has left."""
    before = len(sys.modules)
    began = time.process_time()
    made = runpy.run_path(path)
    handler = made["handler"]
    if connect:
        made[connect]()
    found: dict[str, float] = {
        "cold": (time.process_time() - began) * 1e3,
        "modules": len(sys.modules) - before,
    }
    if event_path != "-":
        with open(event_path) as file:  # noqa: PTH123 - nothing more is imported here
            event = json.load(file)
        sys.stdout, printed = sys.stderr, sys.stdout
        for number in range(WARMING + REQUESTS):
            if number == 1:
                found["first"] = (time.process_time() - began) * 1e3
            if number == WARMING:
                began = time.process_time()
            answer = handler(event, Context())
            if answer["statusCode"] != 202:
                raise SystemExit(f"answered {answer}")
        found["request"] = (time.process_time() - began) * 1e3 / REQUESTS
        sys.stdout = printed
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
