"""What the alarms' topic was told, by a queue that subscribes: the emulator's SNS keeps nothing."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from infra.local.aws import Aws

_AT_ONCE = 10
"""So many messages are given by one ReceiveMessage."""


@dataclass
class AlarmInbox:
    """Every message that came since it was subscribed, in order."""

    aws: Aws
    queue_url: str
    _messages: list[dict[str, Any]] = field(default_factory=list, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def messages(self) -> list[dict[str, Any]]:
        """Return CloudWatch's notifications: AlarmName, NewStateValue, AlarmDescription, ..."""
        with self._lock:
            while batch := self._receive():
                self._messages += batch
            return list(self._messages)

    def _receive(self) -> list[dict[str, Any]]:
        received = self.aws.queues.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=_AT_ONCE
        ).get("Messages", [])
        for message in received:
            self.aws.queues.delete_message(
                QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"]
            )
        return [json.loads(message["Body"]) for message in received]


def subscribe(aws: Aws, topic_arn: str) -> AlarmInbox:
    """Make a queue that gets all that is published to the topic from now on."""
    url = aws.queues.create_queue(QueueName=f"{topic_arn.split(':')[-1]}-inbox"[-80:])["QueueUrl"]
    arn = aws.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    queue_arn = arn["Attributes"]["QueueArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
            }
        ],
    }
    aws.queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    aws.topics.subscribe(
        TopicArn=topic_arn,
        Protocol="sqs",
        Endpoint=queue_arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    return AlarmInbox(aws, url)
