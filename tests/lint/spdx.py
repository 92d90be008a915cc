#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""spdx.py -- every source of ours names its licence in its first lines.

Usage: spdx.py [--write]   Without it, says which do not and fails; with it, gives them the line.
"""
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINE = "SPDX-License-Identifier: Apache-2.0"


def comment(path, text):
    """How the line stands in such a file; None when it is no source."""
    if path.suffix in (".c", ".h"):
        return f"/* {LINE} */\n"
    if path.suffix in (".py", ".sh", ".cmake") or path.name in ("CMakeLists.txt", "Makefile") or text.startswith("#!"):
        return f"# {LINE}\n"
    return f"// {LINE}\n" if path.suffix == ".js" else None


def main():
    write, lacking = "--write" in sys.argv, 0
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for path in (ROOT / name for name in listed.stdout.split("\0") if name and "/corpus/" not in name):
        try:
            text = path.read_text()
        except (UnicodeDecodeError, OSError):
            continue
        line = comment(path, text)
        if line is None or LINE in "".join(text.splitlines(keepends=True)[:2]):
            continue
        lacking += 1
        if write:
            first, rest = text.split("\n", 1) if text.startswith("#!") else (None, text)
            path.write_text(line + rest if first is None else f"{first}\n{line}{rest}")
        else:
            print(path.relative_to(ROOT))
    print(f"{lacking} sources {'now name' if write else 'do not name'} their licence")
    return 1 if lacking and not write else 0


if __name__ == "__main__":
    sys.exit(main())
