#!/usr/bin/env python3
"""Makes openapi/contract.json of the contract's own description: the skeleton that the tests compare with, without its texts.

    openapi/extract.py zero-trust-openapi.json > openapi/contract.json

Kept are paths, verbs, tiers, success status, parameters, and of schemas types, members, enumerations, what is required, nullable,
read-only or secret. Schemas are numbered in the order in which operations need them.
"""

import json
import sys

KEPT = ("type", "enum", "required", "nullable", "readOnly", "writeOnly", "x-sensitive", "format", "minimum", "maximum", "minLength", "maxLength")


def main(source):
    with open(source, encoding="utf-8") as file:
        contract = json.load(file)
    numbers, schemas = {}, []

    def skeleton(schema):
        reference = schema.get("$ref")
        if reference:
            name = reference.rsplit("/", 1)[1]
            if name not in numbers:
                numbers[name] = len(schemas)
                schemas.append(None)
                schemas[numbers[name]] = skeleton(contract["components"]["schemas"][name])
            return {"ref": numbers[name]}
        out = {key: schema[key] for key in KEPT if key in schema}
        if "properties" in schema:
            out["properties"] = {key: skeleton(value) for key, value in schema["properties"].items()}
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                out[key] = skeleton(schema[key])
        for key in ("anyOf", "oneOf", "allOf"):
            if key in schema:
                out["anyOf" if key == "oneOf" else key] = [skeleton(one) for one in schema[key]]
        return out

    def result(response):
        for content in response.get("content", {}).values():
            parts = content.get("schema", {}).get("allOf", [])
            for part in parts:
                if "result" in part.get("properties", {}):
                    return skeleton(part["properties"]["result"])
        return None

    operations = []
    for path, verbs in contract["paths"].items():
        for verb, operation in verbs.items():
            status = next(code for code in operation["responses"] if code.startswith("2"))
            parameters = [
                {"name": one["name"], "in": one["in"], **skeleton(one.get("schema", {}))}
                for one in operation.get("parameters", [])
                if one["in"] != "path"
            ]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            operations.append(
                {
                    "operation": f"{verb.upper()} {path}",
                    "status": int(status),
                    "tier": operation["x-tier"],
                    **({"deprecated": True} if operation.get("deprecated") else {}),
                    "parameters": parameters,
                    **({"body": skeleton(body)} if body else {}),
                    "result": result(operation["responses"][status]),
                }
            )
    print(json.dumps({"of": contract["info"]["title"], "license": contract["info"]["license"]["name"]}, separators=(",", ":"))[:-1] + ',"operations":[')
    print(",\n".join(json.dumps(one, separators=(",", ":")) for one in operations))
    print('],"schemas":[')
    print(",\n".join(json.dumps(one, separators=(",", ":")) for one in schemas))
    print("]}")


main(sys.argv[1])
