"""One cold process: imports a handler, then answers requests, and says what CPU that took."""

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


def main(path: str, event_path: str | None) -> None:
    """Print milliseconds of CPU: of the import, and of one warm request where there is an event."""
    began = time.process_time()
    handler = runpy.run_path(path)["handler"]
    found: dict[str, float] = {"cold": (time.process_time() - began) * 1e3}
    if event_path:
        with open(event_path) as file:  # noqa: PTH123 - nothing more is imported here
            event = json.load(file)
        sys.stdout, printed = sys.stderr, sys.stdout
        for number in range(WARMING + REQUESTS):
            if number == WARMING:
                began = time.process_time()
            answer = handler(event, Context())
            if answer["statusCode"] != 202:
                raise SystemExit(f"answered {answer}")
        found["request"] = (time.process_time() - began) * 1e3 / REQUESTS
        sys.stdout = printed
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
