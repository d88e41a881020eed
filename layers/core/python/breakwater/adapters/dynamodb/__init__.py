"""DynamoDB: pynamodb describes the items and builds the expressions, our own client sends them.

pynamodb's own calls cannot ask for the item that a condition failed on (ALL_OLD), and bring a
client of their own; its `get_*_kwargs` methods are public and give the request to send.
"""
