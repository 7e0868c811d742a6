"""What to do about secrets that leaked: verify, revoke, know the damage, fix, prevent.

Only a :class:`Client` uses the network, when one of its methods is called. A secret goes to its own provider and to nobody
else. Nothing here shows a secret: no ``repr``, no error, no evidence.
"""

from ._native import (
    CannotRevoke,
    Change,
    Client,
    Credential,
    Fixed,
    ImpactError,
    Left,
    Revocation,
    Revoked,
    Verdict,
    can_revoke,
    can_verify,
    fix,
    known_hosts,
    playbook,
    practices,
    snippet,
    snippets,
)

__all__ = [
    "CannotRevoke",
    "Change",
    "Client",
    "Credential",
    "Fixed",
    "ImpactError",
    "Left",
    "Revocation",
    "Revoked",
    "Verdict",
    "can_revoke",
    "can_verify",
    "fix",
    "known_hosts",
    "playbook",
    "practices",
    "snippet",
    "snippets",
]
