"""The key that seals cursors: made once by Secrets Manager, read by the API, known to nobody."""

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct


class CursorKey(Construct):
    """`arn` of the key; a new value makes clients begin their lists again, and nothing worse."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        secret = secretsmanager.Secret(
            self,
            "Secret",
            description="Seals the cursors of lists",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
        )
        self.arn = secret.secret_arn
