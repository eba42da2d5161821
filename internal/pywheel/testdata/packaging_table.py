"""Writes packaging_table.json: what the package `packaging` makes of many versions, wheel names and tags. The Go tests compare
theirs with it.

    pip install packaging==26.3
    python3 internal/pywheel/testdata/packaging_table.py > internal/pywheel/testdata/packaging_table.json

The output is the same every time. A version is [text, normal form, rank]: a newer one has a higher rank, the same version in
another spelling the same; [text] alone is refused. A name is [file, package, version, build, tags], or [file] where it is
refused. An interpreter is the list of its tags, and a tag case is [file, one letter for each interpreter: y or n].
"""

import json
import random

from packaging.tags import cpython_tags, compatible_tags, generic_tags, mac_platforms
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

rnd = random.Random(440)

# The examples of PEP 440, and what goes wrong at the edges of its grammar.
VERSIONS = """
1.0 1.0.0 1 01.02.03 2012.4 0.9 1.1 1.0.dev456 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 1.0b1.dev456 1.0b2 1.0b2.post345.dev456
1.0b2.post345 1.0rc1.dev456 1.0rc1 1.0+abc.5 1.0+abc.7 1.0+5 1.0.post456.dev34 1.0.post456 1.0.15 1.1.dev1 1!1.0 2!0 0!1.0
v1.0 V1.0 1.0-1 1.0-01 1.0.post 1.0-r4 1.0rev 1.0.REV3 1.0c1 1.0-preview_2 1.0.PRE 1.0_alpha 1.0.beta.2 1.0a. 1.0a- 1.0rc_ 1.0.dev-
1.0dev 1.0-dev3 1.0_dev_3 1.0a--1 1.0a-1 1.0a-1-2 1.0a.-1 1.0.post-1 1.0post-1-2 1.0.post.-1 1.0.dev1.post2 1.0+ubuntu-1 1.0+A_b.C
1.0+0 1.0+00 1.0+01a 1.0+a.1 1.0+1.a 1.0+1.10 1.0+1.9 1.0+ 1.0+. 1.0+a..b 1.0+a. 1.0+.a 1.0++a 1.0+a+b 1. .1 1..0 a1 1.a1 1.0.0a0
v v1 vv1 1!  !1 1!! 1!2!3 -1 1- 1.0- 1.0. 1.0x 1.0post1dev1 1.0.post1.dev1 1.0a1post2dev3+l.4 1.0alphabeta 1.0rcc 1.0ra 1.0r 1.0r1 1.0rc
1.0b 1.0be 1.0bet 1.0beta 1.0p 1.0pr 1.0pre 1.0prev 1.0preview 1.0previews 1.0po 1.0pos 1.0d 1.0de 99999999999999999999999 1.99999999999999999999999
99999999999999999999998 00000000000000000000001 1.0a99999999999999999999999 1.0+99999999999999999999999 20240101 1.0.0.0.0.0.0.0.1
1e3 0x1 1,0 1.0~1 1.0^ 1.0*  >=1.0 ==1 latest 1.0.final 1.0-final 1.0.0-SNAPSHOT 1.0/2 1_0 1-0 1-0-0 1.0_1 1.0._1
""".split() + [
    "", " ", "1.0 ", " 1.0", "\t1.0\n", "\x1c1.0", "1 .0", "1. 0", "1.0 a1", "1.0\x00", "\u00a01.0\u2003", "\u0661.0", "1.\u0660", "1.0\u212a",
    "1.0+\u212a", "1.0+\u017f", "1.0\u2010", "v 1.0", "1.0+ a", "1.0a 1",
]


def digits():
    return rnd.choice(["0", "1", "1", "2", "3", "9", "10", "11", "00", "01", "007", "100", "2024", "20240131", "4294967296", "18446744073709551616"])


def sep(must=False):
    return rnd.choice(([] if must else ["", ""]) + [".", "-", "_"])


def cased(word):
    return rnd.choice([word, word, word.upper(), word.title()])


def version():
    text = rnd.choice(["", "", "", "v", "V"])
    if rnd.random() < 0.1:
        text += digits() + "!"
    text += ".".join(digits() for _ in range(rnd.choice([1, 2, 2, 3, 3, 4])))
    text += rnd.choice(["", "", ".0", ".0.0"])
    if rnd.random() < 0.45:
        text += sep() + cased(rnd.choice(["a", "alpha", "b", "beta", "c", "rc", "pre", "preview"])) + rnd.choice(["", sep() + digits(), sep() + digits(), sep()])
    if rnd.random() < 0.3:
        text += rnd.choice(["-" + digits(), sep() + cased(rnd.choice(["post", "rev", "r"])) + rnd.choice(["", sep() + digits()])])
    if rnd.random() < 0.3:
        text += sep() + cased("dev") + rnd.choice(["", sep() + digits()])
    if rnd.random() < 0.25:
        text += "+" + sep(True).join(rnd.choice(["a", "abc", "ubuntu", "g1b2", "B", "z9", digits(), digits()]) for _ in range(rnd.choice([1, 2, 3])))
    return text


def broken(text):
    """The text with a character dropped, doubled or exchanged: some of these are versions too."""
    at = rnd.randrange(len(text))
    return text[:at] + rnd.choice(["", text[at] * 2, rnd.choice("0a.-_+!rc v")]) + text[at + 1:]


def versions():
    texts = list(VERSIONS)
    while len(texts) < 2500:
        text = version()
        texts += [text, broken(text)] if rnd.random() < 0.3 else [text]
    texts = list(dict.fromkeys(texts))
    good = {}
    for text in texts:
        try:
            good[text] = Version(text)
        except InvalidVersion:
            pass
    ranks, rank, before = {}, -1, None
    for text in sorted(good, key=lambda t: good[t]):
        if before is None or good[text] != before:
            rank, before = rank + 1, good[text]
        ranks[text] = rank
    return [[text, str(good[text]), ranks[text]] if text in good else [text] for text in texts]


NAMES = """
shop-1.0-py3-none-any.whl My.Shop_x-1.0-py3-none-any.whl shop-1.0-1-py3-none-any.whl shop-1.0-1abc-py3-none-any.whl shop-1.0-b1-py3-none-any.whl
shop-1.0-01-py3-none-any.whl shop-1.0--py3-none-any.whl shop-1.0-py2.py3-none-any.whl shop-1.0-py3.py2-none.cp311-any.linux_x86_64.whl
shop-1.0-PY3-NONE-ANY.whl shop-1.0-py3-none-any.WHL shop-1.0-py3-none-any.zip shop-1.0.tar.gz shop-1.0-py3-none.whl shop-py3-none-any.whl shop.whl .whl
-1.0-py3-none-any.whl sh__op-1.0-py3-none-any.whl sh+op-1.0-py3-none-any.whl _shop_-1.0-py3-none-any.whl .-1.0-py3-none-any.whl shop-1!2.0-py3-none-any.whl
shop-1.0+local.1-py3-none-any.whl shop-1.0_1-py3-none-any.whl shop-latest-py3-none-any.whl shop--py3-none-any.whl shop-1.0-3-none-any.whl
shop-1.0-py3..py2-none-any.whl shop-1.0-py3-none-.whl shop-1.0-py3--any.whl shop-1.0-py3-none-any-.whl shop-1.0-1-2-py3-none-any.whl
shop-1.0-py3-none-win_amd64.win32.whl shop-1.0-cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl shop-v1.0-py3-none-any.whl
shop-1.0-py3.3-none-any.whl shop-1.0-py+3-none-any.whl shop-1.0-py3-no+ne-an!y.whl
""".split()


def names():
    rows = []
    for file in NAMES:
        try:
            package, ver, build, tags = parse_wheel_filename(file)
        except InvalidWheelFilename:
            rows.append([file])
            continue
        rows.append([file, package, str(ver), "".join(map(str, build)), sorted(map(str, tags))])
    return rows


LINUX = ["manylinux_2_31_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64", "linux_x86_64"]
ALPINE = ["musllinux_1_2_x86_64", "musllinux_1_1_x86_64", "linux_x86_64"]


def interpreter(version, platforms, abis=None):
    short = "cp%d%d" % version
    return [*cpython_tags(version, abis or [short], platforms), *compatible_tags(version, short, platforms)]


INTERPRETERS = {
    "CPython 3.11 on Linux": interpreter((3, 11), LINUX),
    "CPython 3.8 on Linux": interpreter((3, 8), LINUX[1:]),
    "CPython 3.12 on Alpine": interpreter((3, 12), ALPINE),
    "CPython 3.13 without a lock": interpreter((3, 13), LINUX, ["cp313t"]),
    "CPython 3.11 on a Mac": interpreter((3, 11), list(mac_platforms((14, 0), "arm64"))),
    "CPython 3.12 on Windows": interpreter((3, 12), ["win_amd64"]),
    "CPython 2.7 on Linux": interpreter((2, 7), LINUX[2:], ["cp27mu"]),
    "PyPy 3.10 on Linux": [*generic_tags("pp310", ["pypy310_pp73"], LINUX), *compatible_tags((3, 10), "pp310", LINUX)],
}


def tag_cases():
    pythons = ["py3", "py2.py3", "py2", "py311", "py38", "py312.py313", "cp311", "cp38", "cp312", "cp313", "cp27", "cp39.cp310.cp311", "cp32", "pp310", "pp39", "CP311"]
    abis = ["none", "abi3", "cp311", "cp38", "cp312", "cp313t", "cp313", "cp27mu", "pypy310_pp73", "abi3.cp311", "NONE"]
    platforms = [
        "any", "linux_x86_64", "manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux1_x86_64", "manylinux_2_34_x86_64", "musllinux_1_1_x86_64",
        "manylinux_2_17_aarch64", "macosx_11_0_arm64", "macosx_10_9_x86_64", "macosx_11_0_universal2", "win_amd64", "win32", "any.win32", "MANYLINUX_2_17_X86_64",
    ]
    sets = {name: frozenset(tags) for name, tags in INTERPRETERS.items()}
    rows = []
    for python in pythons:
        for abi in abis:
            for platform in rnd.sample(platforms, 5):
                file = f"shop-1.0-{python}-{abi}-{platform}.whl"
                tags = parse_wheel_filename(file)[3]
                rows.append([file, "".join("n" if tags.isdisjoint(s) else "y" for s in sets.values())])
    return rows


table = {"versions": versions(), "names": names(), "interpreters": {name: list(map(str, tags)) for name, tags in INTERPRETERS.items()}, "tags": tag_cases()}
print("{")
for key, rows in table.items():
    last = "" if key == "tags" else ","
    if isinstance(rows, dict):
        print(json.dumps(key) + ": {\n" + ",\n".join(json.dumps(name) + ": " + json.dumps(tags, separators=(",", ":")) for name, tags in rows.items()) + "\n}" + last)
    else:
        print(json.dumps(key) + ": [\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]" + last)
print("}")
