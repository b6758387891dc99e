"""A LocalStack plug-in: Python functions as processes instead of containers, and DynamoDB through moto.

`environment`, `process` and `bootstrap` know nothing of LocalStack; `executor` and `plugins` are what it loads.
"""
