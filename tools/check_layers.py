#!/usr/bin/env python3
"""Checks who includes whom. System headers are reachable from everywhere, so
the linker cannot enforce this for us."""

import pathlib
import re
import sys

# A heavy guest -> the only places that may include it.
ROOM_OF = {
    "torch/": ["kernels/model/"],
    "ATen/": ["kernels/model/pretrained/torch_"],
    "c10/": ["kernels/model/pretrained/torch_"],
    "cuda": ["kernels/ops/device/"],
    "sqlite3.h": ["kernels/sql/"],
    "hnswlib/": ["kernels/retrieval/"],
    "caf/io": ["actors/cluster/"],
    "boost/": ["actors/net/"],
    "openssl/": ["actors/net/"],
    "nlohmann/json.hpp": ["kernels/base/json."],
    "pcre2.h": ["kernels/text/pattern."],
    "utf8proc.h": ["kernels/text/"],
    "yaml-cpp/": ["actors/flow/", "actors/registry.", "kernels/schema/load"],
    "caf/": ["actors/", "tools/"],
}

# A folder of ours -> the folders of ours that it must not lean on.
MUST_NOT_LEAN_ON = {
    "kernels/": ["actors/", "tools/", "tests/"],
    "kernels/base/": ["kernels/(?!base/)"],
    "kernels/sql/": ["kernels/(?!base/|sql/)"],
    "kernels/schema/": ["kernels/(?!base/|sql/|schema/)"],
    "kernels/dsl/": ["kernels/(?!base/|schema/|dsl/)"],
    "actors/": ["tools/", "tests/"],
    "actors/flow/": ["actors/stages/", "actors/net/", "actors/registry"],
    "actors/net/": ["actors/stages/", "actors/registry"],
    "tools/": ["tests/"],
}

NAMESPACE = re.compile(r"^namespace ([\w:]+) \{")
TYPE = re.compile(r"^(?:struct|class|enum class) (\w+)(?: final)?(?: : .*)? \{")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def violations_of(path, included):
    """The rules that `path` breaks by including `included`."""
    for guest, rooms in ROOM_OF.items():
        if included.startswith(guest):
            if not path.startswith(tuple(rooms + ["tests/"])):
                yield f"only {' and '.join(rooms)} may include {guest}"
            break
    for folder, forbidden in MUST_NOT_LEAN_ON.items():
        if path.startswith(folder):
            for pattern in forbidden:
                if re.match(pattern, included):
                    yield f"{folder} must not lean on {included}"


def twins(files):
    """The types that two headers define under one name: linkers see no
    difference between them and take either."""
    place_of = {}
    for path, text in files:
        if not path.endswith(".hpp"):
            continue
        namespace = ""
        for number, line in enumerate(text.splitlines(), 1):
            if match := NAMESPACE.match(line):
                namespace = match[1]
            elif match := TYPE.match(line):
                name = f"{namespace}::{match[1]}"
                place = place_of.setdefault(name, f"{path}:{number}")
                if place != f"{path}:{number}":
                    yield f"{path}:{number}: {name} is defined in {place} too"


def main(root):
    violations = 0
    files = []
    for top in ("kernels", "actors", "tools", "tests"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".hpp", ".cpp", ".cu", ".cuh"):
                continue
            path = file.relative_to(root).as_posix()
            files.append((path, file.read_text()))
            for number, line in enumerate(files[-1][1].splitlines(), 1):
                match = INCLUDE.match(line)
                for rule in violations_of(path, match[1]) if match else ():
                    print(f"{path}:{number}: {rule}")
                    violations += 1
    for twin in twins(files):
        print(twin)
        violations += 1
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
