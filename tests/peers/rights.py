"""Reads a policy from standard input, and prints every right that the list of AWS's actions does not know so."""

import json
import sys

from policy_sentry.querying.actions import get_action_data
from policy_sentry.util.arns import does_arn_match


def rows(action):
    service, name = action.split(":")
    found = get_action_data(service, name) or {}
    return [row for row in found.get(service, []) if row["action"].lower() == action.lower()]


def knows(row, resource):
    pattern = row["resource_arn_format"]
    return pattern == resource if "*" in (pattern, resource) else does_arn_match(resource, pattern)


for statement in json.load(sys.stdin)["Statement"]:
    keys = [key for keys in statement.get("Condition", {}).values() for key in keys]
    for action in statement["Action"]:
        known = rows(action)
        if not known:
            print(f"{action}: no such action")
        elif known[0]["action"] != action:
            print(f"{action}: it is written {known[0]['action']}")
        for resource in statement["Resource"]:
            if known and not any(knows(row, resource) for row in known):
                print(f"{action}: no right on {resource}")
        for key in keys:
            if known and not any(key in row["condition_keys"] for row in known):
                print(f"{action}: no condition on {key}")
