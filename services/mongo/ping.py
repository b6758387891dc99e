"""The health check of the Mongo-compatible server: exits 0 when it answers a ping."""

import sys

from pymongo import MongoClient
from pymongo.errors import PyMongoError

try:
    with MongoClient[dict[str, object]]("127.0.0.1", 27017, serverSelectionTimeoutMS=3000) as client:
        client.admin.command("ping")
except PyMongoError as error:
    sys.exit(f"mongo: {error}")
