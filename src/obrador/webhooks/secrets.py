"""The secrets that deliveries are signed with.

They are not kept: each is derived from the secret key of the installation, so that a copy of the
database signs nothing. A fingerprint is kept, by which a key that has changed is noticed.
"""

import hashlib
import hmac
from base64 import b64encode
from datetime import datetime
from uuid import UUID

from standardwebhooks.webhooks import Webhook

_PREFIX = "whsec_"


def secret_of(key: str, subscription_id: UUID, salt: bytes) -> str:
    """The secret as receivers know it: `whsec_` and 256 bits in base64.

    Args:
        salt: makes it another one than before; need not be secret.
    """
    message = b"webhook\x1f" + subscription_id.bytes + salt
    return _PREFIX + b64encode(hmac.digest(key.encode(), message, "sha256")).decode()


def fingerprint(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


def signed(secrets: list[str], message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The headers of a delivery by the Standard Webhooks specification; a receiver finds in the
    signatures that of the secret it knows."""
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
