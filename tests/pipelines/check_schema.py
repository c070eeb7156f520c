"""Checks every pipeline file of the tree against the JSON Schema that
`aura-run schema` prints, and that the schema refuses what the program refuses.

    check_schema.py AURA_RUN SOURCE_DIR
"""

import copy
import json
import pathlib
import subprocess
import sys

import jsonschema
import yaml

program, source = sys.argv[1], pathlib.Path(sys.argv[2])
schema = json.loads(subprocess.run([program, "schema"], check=True,
                                   capture_output=True).stdout)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
failures = []


def complaints(content):
    return [f"{'.'.join(map(str, x.absolute_path))}: {x.message[:120]}"
            for x in validator.iter_errors(content)]


files = sorted(source.glob("pipelines/**/*.yaml"))
files += sorted(source.glob("configs/experiments/**/*.yaml"))
files += [source / "tests/pipelines/data.yaml", source / "configs/reference.yaml"]
for file in files:
    found = complaints(yaml.safe_load(file.read_text()))
    failures += [f"{file.relative_to(source)}: {x}" for x in found]

good = yaml.safe_load((source / "tests/pipelines/data.yaml").read_text())


def changed(path, value):
    result = copy.deepcopy(good)
    at = result
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return result


refused = [
    (["sed"], 1),
    (["seed"], -1),
    (["seed"], "eleven"),
    (["batch"], 0),
    (["stages", "schma"], {}),
    (["stages", "verify"], {"wokers": 3}),
    (["stages", "verify"], {"workers": "two"}),
    (["stages", "verify"], {"workers": 0}),
    (["stages", "verify"], {"workers": 1.5}),
    (["stages", "infill"], {"provider": "ofline"}),
    (["stages", "infill"], {"in-flight": True}),
    (["stages", "states"], {"kinds": {"realistic": 1}}),
    (["stages", "split"], ["rows"]),
    (["edges"], "schema -> states"),
    (["edges"], ["schema"]),
    (["parameters"], {"rows": [1]}),
]
accepted = [
    (["seed"], "${SEED}"),
    (["batch"], "1_000"),
    (["stages", "verify"], None),
    (["stages", "verify"], {"workers": "${workers}"}),
    (["stages", "infill"], {"base_url": "https://example.org/v1"}),
    (["stages", "infill"], {"base-url": "https://example.org/v1"}),
    (["stages", "infill"], {"model": 7}),
    (["stages", "states"], {"kinds": "realistic"}),
    (["stages", "train"], {"rate": 0.001}),
    (["include"], ["full.yaml"]),
    (["parameters"], {"database": None}),
]
for path, value in refused:
    if not complaints(changed(path, value)):
        failures.append(f"accepts {'.'.join(path)} = {value!r}")
for path, value in accepted:
    for found in complaints(changed(path, value)):
        failures.append(f"refuses {'.'.join(path)} = {value!r}: {found}")

# An editor shows what an option means and what it is when it is left out.
for stage, about in schema["properties"]["stages"]["properties"].items():
    for key, option in about["properties"].items():
        if not option.get("description"):
            failures.append(f"{stage}.{key} has no description")

print("\n".join(failures) or f"{len(files)} files are good")
sys.exit(1 if failures else 0)
