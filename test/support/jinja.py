# Renders templates as Home Assistant does: each of a JSON list of [template, payload] on standard input.
import json
import sys

from jinja2.sandbox import ImmutableSandboxedEnvironment

environment = ImmutableSandboxedEnvironment()
environment.filters["to_json"] = lambda value: json.dumps(value)


def render(template, payload):
    variables = {"value": payload}
    try:
        variables["value_json"] = json.loads(payload)
    except ValueError:
        pass
    return environment.from_string(template).render(variables).strip()


print(json.dumps([render(template, payload) for template, payload in json.load(sys.stdin)]))
