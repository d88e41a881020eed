"""How many unfinished tasks a user has with a service: the sparse index `unfinished`."""

from breakwater.adapters.dynamodb.calls import send
from breakwater.adapters.dynamodb.keys import unfinished_key
from breakwater.adapters.dynamodb.tasktable import TaskTable

INDEX = "unfinished"


def count_unfinished(table: TaskTable, owner: str, service: str, *, limit: int) -> int:
    """Return the count, `limit` at most; a page holds thousands, as entries are keys only."""
    answer = send(
        table.client.query,
        TableName=table.name,
        IndexName=INDEX,
        KeyConditionExpression="unfinished = :whose",
        ExpressionAttributeValues={":whose": {"S": unfinished_key(owner, service)}},
        Select="COUNT",
        Limit=limit,
    )
    return int(answer["Count"])
