"""A LocalStack plug-in: Python functions as processes instead of containers, and DynamoDB and Kinesis through moto.

`environment`, `process` and `bootstrap` know nothing of LocalStack, `moto_tables` nothing but moto; LocalStack loads
`executor`, `by_moto` and `plugins`.
"""
