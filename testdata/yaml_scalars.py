"""Writes yaml_scalars.json: what PyYAML makes of many scalars. The Go tests compare flow files with it.

    python3 -m pip install pyyaml==6.0.3
    python3 testdata/yaml_scalars.py > testdata/yaml_scalars.json

The output is the same every time. "json" is the value as json.dumps writes it; "refused" says why there is none.
"""

import datetime
import json
import math
import random

import yaml

WORDS = """
yes Yes YES yEs no No NO nO on On ON oN off Off OFF oFF true True TRUE tRUE false False FALSE fALSE y Y n N t f 1 0
~ null Null NULL nUll none None nil undefined
""".split()

INTEGERS = """
+0 -0 00 007 010 017 -017 +017 08 09 018 0o17 0O17 0o 0_ 0_7 01_0 1_000 1__0 1_ _1 -1_0 +12 -12 12 +-1 --1
0b0 0b1 0b101 -0b11 +0b11 0b1_0 0b2 0b 0B1 0x0 0xff 0xFF -0x1F +0x1f 0xf_f 0xg 0x 0X1F 0x_ 0b_
1:30 1:60 1:5 1:05 01:30 0:30 -1:30 +1:30 1_0:30 190:20:30 24:00:00 1:2:3:4 1:30:60 1:300 :30 12:30x 59:59
9007199254740993 9223372036854775807 9223372036854775808 -9223372036854775809 18446744073709551616
123456789012345678901234567890 0xffffffffffffffffffffffff 0777777777777777777777777
1,000 1e3 1E3 1e+3 1e-3 12e03 1d 1L 0.0.1 1/2 1-2 5% #5 $5
""".split()

FLOATS = """
1. 1.0 1.00 01.5 00.5 0. 0.0 -0.0 +0.0 .5 .50 -.5 +.5 . .. .e1 5.e+3 1.5 -1.5 +1.5 1_0.5 1.5_0 1._5 1_.5 ._5 .5_
1.5e3 1.5E3 1.5e+3 1.5E+3 1.5e-3 1.5e+03 1.5e 1.5e+ .5e3 .5e+3 .5e-3 1.e+3 1.e3 6.02e+23 1.0e+400 -1.0e+400 1.0e-400
1:30.5 1:30. -1:30.5 +190:20:30.15 1:60.5 0:30.5 1_0:30.5 1:30.5e+1 1.5:30 3.14159265358979323846 0.1 1e1.5
.inf .Inf .INF -.inf +.inf -.Inf .iNF inf Inf infinity Infinity -inf .nan .NaN .NAN -.nan +.nan .Nan nan NaN
""".split()

DATES = [
    "2026-01-02", "2026-1-2", "2026-01-2", "0001-01-01", "2026-13-45", "2026-01-02x", "20260102", "2026-01",
    "2026-01-02T03:04:05", "2026-01-02t03:04:05", "2026-01-02 03:04:05", "2026-1-2 3:04:05", "2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05.678", "2026-01-02T03:04:05+09:00", "2026-01-02 03:04:05 -5", "2026-01-02T03:04", "2026-01-02T",
    "03:04:05", "2026/01/02", "2026-01-02T03:04:05.", "2026-01-02T03:04:05 Z",
]

TEXTS = [
    "", "=", "<<", "a b", "a  b", "café", "日本語", "a#b", "a #b", "a\\nb", "a'b", 'a"b', "-a", "- ", "?a", ":a", "a:b",
    "<a>", "a&b", "x >> y", "$ctx.params.x", "$env.HOME", "%TAG", "null null", "true story", "1 2", "12 monkeys",
    "''", '""', "'yes'", '"yes"', "'12'", '"1.0"', "'2026-01-02'", '"null"', "'~'", "'it''s'", '"a\\tb"', '"\\u00e9"',
    '"\\x41"', '"\\0"', '"a\\\n  b"', "'a\n  b'", "a\n  b", "yes\n  no", "12\n  13",
    "|\n  yes\n", "|-\n  yes", "|+\n  yes\n\n", ">\n  12\n", ">-\n  a\n  b", "|\n  a\n   b\n", "|2\n    a\n", "|-\n  2026-01-02",
    "!!str 12", "!!str yes", "!!str", "!!str 2026-01-02", "&anchor yes", "&anchor 'yes'",
]


def random_numbers(count):
    """Short texts of what numbers are made of, the same every time."""
    source = random.Random(1)
    seen = set()
    while len(seen) < count:
        text = "".join(source.choice("00112789__::..--++eEexbofanif") for _ in range(source.randint(2, 9)))
        try:
            node = yaml.compose("x: " + text, Loader=yaml.SafeLoader).value[0][1]
        except yaml.YAMLError:
            continue
        if isinstance(node, yaml.ScalarNode) and node.value == text and text not in seen:
            seen.add(text)
            yield text


def resolve(text):
    try:
        value = yaml.safe_load("x: " + text)["x"]
    except (yaml.YAMLError, ValueError) as e:
        return {"yaml": text, "refused": "date" if "date" in str(e) or "month" in str(e) else "error"}
    if isinstance(value, (datetime.date, datetime.datetime)):
        return {"yaml": text, "refused": "date"}
    if isinstance(value, float) and not math.isfinite(value):
        return {"yaml": text, "refused": "not finite"}
    return {"yaml": text, "json": json.dumps(value, ensure_ascii=False)}


def main():
    texts = WORDS + INTEGERS + FLOATS + DATES + TEXTS + list(random_numbers(400))
    rows = [json.dumps(resolve(text), ensure_ascii=False) for text in dict.fromkeys(texts)]
    print("[\n" + ",\n".join(rows) + "\n]")


main()
