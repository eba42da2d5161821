"""Writes expressions.json: what Python makes of many expressions. The Go tests compare theirs with it.

    python3 internal/expr/testdata/expressions.py > internal/expr/testdata/expressions.json

The output is the same every time. "value" is the result, with {"tuple": [...]} and {"float": "inf"} for what JSON lacks;
"error" is the name of the exception, or "missing" for what is not there. The first row holds $ctx and $env.
"""

import json
import math
import random
import re
import warnings

CTX = {
    "params": {
        "n": 5, "zero": 0, "neg": -7, "big": 12345678901234567890, "x": 1.5, "one": 1.0, "half": 0.5, "t": "text", "empty": "",
        "num": "5", "yes": True, "no": False, "none": None, "list": [1, 2, 3], "mixed": [1, "a", None, [2]], "nothing": [],
        "order": {"id": "A-1", "lines": [{"sku": "x", "qty": 2}, {"sku": "y", "qty": 1.0}]}, "in": 1, "uni": "größe日本",
    },
    "results": {"fetch": {"count": 3, "ok": True}, "score": 0.75},
    "scratch": {"seen": ["a", "b"]},
    "loop": {"index": 2, "iteration": 3, "count": 10, "item": "b"},
    "item": {"id": 4},
}
ENV = {"HOME": "/home/pyoco", "LEVEL": "3", "BLANK": ""}

LITERALS = r"""
1 | 0 | 00 | 1_000 | 0x1F | 0o17 | 0b101 | 123456789012345678901234567890 | 1.0 | 1. | .5 | 1e3 | 1E-3 | 1_0.5_0 | 1e400 | -1e400
9223372036854775807 | 9223372036854775808 | -9223372036854775808 | -9223372036854775809
True | true | False | false | None | null | "a" | 'a' | "" | '\n\t\x41\u00e9\U0001f600' | '\d' | "a" 'b' "c" | "größe日本" | '\101\0'
[] | [1, 2] | [1, 2,] | [[1], ["a"]] | () | (1,) | (1, 2) | (1) | {} | {"a": 1} | {"a": 1, "a": 2,} | {"a": {"b": [1]}} | [1, (2, [3])]
1.0e16 | 1e15 | 123456789.123 | 0.0001 | 0.00001 | 5e-324 | 1.7976931348623157e308 | 0.1 + 0.2
"""

PATHS = """
$ctx.params.n | $ctx.params.t | $ctx.params.none | $ctx.params.big | $ctx.params.one | $ctx.params.list | $ctx.params.order.id
$ctx.params.order.lines[0].qty | $ctx.params.order.lines[1]["sku"] | $ctx.params.list[-1] | $ctx.params["n"] | $ctx.params.mixed[3][0]
$ctx.loop.index | $ctx.item.id | $ctx.results.fetch.count + 1 | $env.HOME | $env.LEVEL == "3" | $env.BLANK or "x" | $ctx.params
$ctx.params.uni[4] | $ctx.params.uni[-1] | "abc"[1] | [1, 2, 3][1] | (1, 2)[True] | {"a": 1}["a"] | $ctx.params.missing | $ctx.nothing
$ctx.params.list[3] | $ctx.params.list[-4] | $ctx.params.order["x"] | $ctx.params.n.x | $ctx.params.t[9] | $env.NONE | $ctx.params.none.x
$ctx.params.list["a"] | $ctx.params.n[0] | None[0] | $ctx.params.list[1.0] | "abc"["a"] | {}[[]] | {"a": 1}["b"] | $ctx.params.list[None]
"""

TRUTH = """
not 0 | not 1 | not "" | not "0" | not [] | not [0] | not {} | not {"a": 0} | not () | not (0,) | not None | not 0.0 | not -0.0 | not 1e-9
not not 5 | not $ctx.params.big | not $ctx.params.nothing | not (1e400 - 1e400) | not 1e400 * 0
1 and 2 | 0 and 2 | 1 or 2 | 0 or 2 | "" or "x" | None or False | False or None | 1 and "" | 0 or 0.0 | [] or {} | [] and 1
1 and 2 or 3 | 0 and 2 or 3 | 1 or 2 and 0 | (1 or 2) and 0 | not 1 or 2 | not (1 or 2) | 1 and not 0 | not 1 == 2 | not 1 in [2]
0 and 1 / 0 | 1 or 1 / 0 | 0 or 1 / 0 | 1 and 1 / 0 | 0 and $ctx.missing | $ctx.params.n and $ctx.missing | True or "a" + 1
$ctx.params.empty or $ctx.params.t | $ctx.params.none or 7 | $ctx.params.n and $ctx.params.x | null or false | None and $ctx.missing
"""

COMPARE = """
1 == 1.0 | 1 == True | 1.0 == True | 0 == False | 2 == True | 1 == "1" | None == 0 | None == False | None == None | "" == None | None != 0
"a" == "a" | "a" == 'A' | [] == [] | [1, 2] == [1.0, True + 1] | [1] == (1,) | (1, 2) == (1.0, 2) | [1, 2] == [2, 1] | [1] == [1, 2]
{"a": 1, "b": 2} == {"b": 2.0, "a": True} | {"a": 1} == {"a": 2} | {"a": 1} == {} | {} == [] | [[1], {"a": [None]}] == [[True], {"a": [None]}]
9007199254740993 == 9007199254740992.0 | 9007199254740993 > 9007199254740992.0 | 9007199254740992 == 9007199254740992.0 | 2 ** 63 == 2.0 ** 63
$ctx.params.big == 12345678901234567890 | $ctx.params.big == 12345678901234567890.0 | $ctx.params.big > 1e19 | $ctx.params.big < 1e400 | -(10 ** 400) > -1e400
1e400 == 1e400 | (1e400 - 1e400) == (1e400 - 1e400) | (1e400 - 1e400) != 0 | (1e400 - 1e400) < 1 | 1 >= (1e400 - 1e400) | 5 < (1e400 - 1e400)
1 < 2 | 2 <= 2 | 3 > 4 | 4 >= 4.0 | 1 < 1.5 | True < 2 | False <= 0 | -0.0 == 0.0 | "a" < "b" | "a" < "B" | "a" < "ab" | "10" < "9" | "é" > "z" | "日" < "😀"
[1, 2] < [1, 3] | [1] < [1, 0] | [2] > [1, 9] | (1, 2) <= (1, 2) | [] < [0] | [[1], 2] < [[1], 3] | [1, "a"] < [2, 0] | [1, "a"] < [1, 0] | ["a"] < [1]
1 < "a" | "a" < 1 | None < 1 | None < None | [] < () | [1] < 1 | {} < {} | {"a": 1} <= {"a": 1} | "a" >= None | True < "a" | 1.5 > []
1 < 2 < 3 | 1 < 3 < 2 | 1 == 1.0 == True | 3 > 2 < 4 | 1 < 2 > 1 != 3 | 1 == 1 in [1] | 2 in [1] == False | (2 in [1]) == False | 1 > 2 > 1 / 0 | 1 < 2 < 1 / 0
0 < $ctx.params.n <= 5 | 1 < $ctx.params.x < 2 | $ctx.params.n > 3 and $ctx.loop.index < 10 | 1 in [1] in [[1]] | not 1 < 2 < 3 | 1 < (2 < 3)
1 in [1, 2] | 1.0 in [1] | True in [1] | "1" in [1] | None in [None] | [1] in [[1.0]] | 3 not in [1, 2] | 1 not in (1, 2) | 1 in () | "a" in ("a",)
"a" in "cat" | "" in "" | "" in "x" | "at" in "cat" | "ta" in "cat" | "x" not in "cat" | "größe" in $ctx.params.uni | "a" in {"a": 1} | 1 in {"a": 1} | "b" not in {"a": 1}
$ctx.loop.item in $ctx.scratch.seen | "n" in $ctx.params | "zz" in $ctx.params | $ctx.params.num in "12345" | "sku" in $ctx.params.order.lines[0]
1 in "1" | None in "a" | 1 in 1 | "a" in None | 1 in 1.5 | [] in {} | {} in {"a": 1} | (1, []) in {} | (1, 2) in {} | [1] in "a" | "a" in True
"""

ARITHMETIC = """
1 + 2 | 1 + 2.0 | 1 - 2 | 2 * 3 | 2 * 3.0 | 7 / 2 | 6 / 2 | 7 // 2 | -7 // 2 | 7 // -2 | -7 // -2 | 7 % 3 | -7 % 3 | 7 % -3 | -7 % -3 | 6 % 3 | -6 % 3
7.5 // 2 | -7.5 // 2 | 7.5 // -2 | 7.5 % 2 | -7.5 % 2 | 7.5 % -2 | -7.5 % -2 | 6.0 % 3 | -6.0 % 3 | 6.0 % -3 | 0.0 % -1 | -0.0 % 1 | 0.0 // -1 | 1 // 0.1 | 1 % 0.1
1e300 * 1e300 | -1e300 * 1e300 | 1e400 - 1e400 | 1e400 // 1 | 1e400 % 2 | 5 % 1e400 | -5 % 1e400 | -5 // 1e400 | 5 // -1e400 | 1e308 + 1e308 | 1e-200 * 1e-200 | 1e400 / 1e400
1 / 0 | 1 // 0 | 1 % 0 | 1.0 / 0 | 1.0 // 0.0 | 1 % 0.0 | 0 / 0 | 1 / False | 10 ** 30 // 0 | 0 ** -1 | 0.0 ** -0.5 | 0 / -5 | 0 / 5 | -0.0 / 5
9223372036854775807 + 1 | -9223372036854775808 - 1 | 9223372036854775807 * 2 | 4294967296 * 4294967296 | 3037000500 * 3037000500 | -9223372036854775808 // -1 | -9223372036854775808 % -1
9223372036854775808 - 1 | $ctx.params.big * $ctx.params.big | $ctx.params.big // 7 | $ctx.params.big % 7 | -$ctx.params.big % 7 | -$ctx.params.big // 7 | $ctx.params.big % -7 | 7 % $ctx.params.big | -7 % $ctx.params.big | -7 // $ctx.params.big
$ctx.params.big / 3 | 1 / $ctx.params.big | $ctx.params.big / $ctx.params.big | 10 ** 400 / 10 ** 399 | 10 ** 400 / 3 | 1 / 10 ** 400 | -(10 ** 30) / 7 | 9007199254740993 / 1 | 9007199254740993 / 3 | 18014398509481985 / 2 | 1 / 3
(2 ** 53 + 1) / 2 ** 53 | (2 ** 1074 + 1) / 2 ** 2148 | 3 / 2 ** 1075 | 1 / 2 ** 1075 | 5 / 2 ** 1076 | 10 ** 400 + 1.0 | 1.5 * 10 ** 400 | 10 ** 308 + 1.0 | 9007199254740993 + 0.0 | 9007199254740993 * 1.0
2 ** 10 | 2 ** 0 | 0 ** 0 | 2 ** 64 | 2 ** 63 | -2 ** 2 | (-2) ** 2 | (-2) ** 3 | 2 ** -1 | 2 ** -2 | (-2) ** -3 | 2 ** 3 ** 2 | (2 ** 3) ** 2 | 2 ** -1 ** 2 | -2 ** -2 | 10 ** 100 | 1 ** 1000000000000 | 0 ** 1000000000000 | (-1) ** 1000000000001
2.0 ** 3 | 2 ** 3.0 | 4 ** 0.5 | 2.5 ** 2 | 1.1 ** 10 | 10 ** -5 | 10.0 ** -10 | 1.1 ** 100 | 0.1 ** 3 | 3.7 ** -7 | 10.0 ** 22 | 10.0 ** 308 | 10.0 ** 309 | 2.0 ** -1074 | 2.0 ** -1080 | 1e200 ** 2 | 0.0 ** 5 | 1.0 ** 1e400 | (-1) ** 1e400
1e400 ** 2 | 1e400 ** -1 | 1e400 ** 0 | (1e400 - 1e400) ** 0 | 1 ** (1e400 - 1e400) | (-8) ** 0.5 | (-8.0) ** 2.0 | (-1e400) ** 3 | 0.5 ** 1e400 | 2 ** 1e400 | (-2.5) ** 3
True + True | True * 3 | -True | +True | True / 2 | True ** 2 | False // 1 | 5 % True | True + 1.5 | +5 | -5 | - -5 | -+-5 | +1.5 | -0.0 | -0 | -(0.0) | 5 - -5 | 5--5 | 1 - 2 - 3 | 2 ** 2 * 3 | 100 / 10 / 2 | 7 // 2 * 2 + 7 % 2
1 + 2 * 3 | (1 + 2) * 3 | 10 - 2 + 3 | 2 * 3 % 4 | -7 // 2 * 2 | 1 + 1 == 2 | 1 + (2 == 2) | not 1 + 1 | 2 * -3 | 2 * - 3 ** 2 | 1.5 + 1.5 == 3 | 1 if_ 2 | 3 * (1 + 2
"a" + "b" | "a" * 3 | 3 * "a" | "a" * 0 | "a" * -1 | "ab" * True | [1] + [2] | [1] * 2 | 2 * [1, "a"] | [] * 5 | [1] * -5 | (1,) + (2,) | (1,) * 2 | "x" + $ctx.params.t | $ctx.params.list + [4] | "n=" "5"
"a" + 1 | 1 + "a" | "a" + None | [1] + (1,) | [1] + "a" | None + None | {} + {} | {"a": 1} * 2 | "a" * 1.0 | "a" * "b" | [1] * [1] | [1] - [1] | "a" - "a" | None * 2 | None ** 2 | "a" ** 2 | "a" / 2 | [1] / 1 | [] // 1 | [1] % 2 | None % 1 | 1 % "a" | 1 % None
-"a" | -None | +[] | -{} | +"1" | - () | "5" * $ctx.params.n | $ctx.params.num + 1 | $ctx.params.num * 2 | $ctx.params.x * 2 | $ctx.params.neg % 3 | $ctx.params.neg // 2 | $ctx.params.n / 2 | $ctx.params.n // 2.0 | $ctx.params.zero or $ctx.params.neg
"""

SYNTAX = """
1 + | + | * 2 | 1 2 | (1 | 1) | [1, 2 | [1 2] | {"a"} 1 | {"a": } | {"a" 1} | {: 1} | (,) | [,] | 1 and | or 1 | not | 1 not 2 | 1 in | in [1] | not in [1] | 1 not in | 1 == | == 1 | 1 === 1
1 =! 2 | 1 <> 2 | 1 = 1 | 1 ! 2 | 007 | 1__0 | 1_ | 0x | 0b2 | 1.2.3 | 1e | "a | 'a" | a b | $ | 1 $ 2 | $ctx. | 1 ? 2 | 1; 2 | @ | 1 @@ 2 | `1` | () () () 1 | [1]] | {"a": 1}} | (1, , 2) | 1 + * 2 | ** 2 | 2 ** | 2 ***2 | 1 // // 2 | 1 and and 2 | 1 or or 2 | 1 + not 2 | 1 == not 2 | - not 1
"""


class Missing(Exception):
    pass


class Fields(dict):
    """A dict whose keys are attributes, too."""

    def __getattr__(self, name):
        if name not in self:
            raise Missing(name)
        return self[name]


def wrap(value):
    if isinstance(value, dict):
        return Fields((key, wrap(item)) for key, item in value.items())
    if isinstance(value, list):
        return [wrap(item) for item in value]
    return value


def translate(text):
    """The expression as Python: only words stand for other ones, outside of texts in quotes."""
    text = re.sub(r"\$(ctx|env)\.([A-Za-z_])", r"\1.\2", text)
    return re.sub(r"\.in\b", '["in"]', text)


SCOPE = {"__builtins__": {}, "ctx": wrap(CTX), "env": wrap(ENV), "true": True, "false": False, "null": None}
MISSING = (Missing, KeyError, IndexError, AttributeError)


def tagged(value):
    if isinstance(value, tuple):
        return {"tuple": [tagged(item) for item in value]}
    if isinstance(value, list):
        return [tagged(item) for item in value]
    if isinstance(value, dict):
        return {key: tagged(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"}
    return value


def answer(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            code = compile(translate(text).strip(), "expression", "eval")
        except SyntaxError:
            return {"expr": text, "error": "SyntaxError"}
        try:
            value = eval(code, SCOPE)
        except MISSING as e:
            return {"expr": text, "error": "missing"}
        except Exception as e:
            return {"expr": text, "error": type(e).__name__}
    if isinstance(value, complex):
        return {"expr": text, "error": "complex"}
    return {"expr": text, "value": tagged(value)}


OPERANDS = """
0 1 2 -3 7 1.0 0.5 -2.5 True False None "a" "ab" "" [] [1] (1,) [1,"a"] {} {"a":1} 9223372036854775807 18446744073709551616
$ctx.params.n $ctx.params.x $ctx.params.t $ctx.params.list $ctx.params.none $ctx.params.big $ctx.loop.index $ctx.params.zip $env.LEVEL
""".split()
OPERATORS = "+ - * / // % == != < <= > >= in".split() + ["not in", "and", "or"]


def random_expression(source, depth):
    """An expression that is well formed, and often means something."""
    kind = source.randint(0, 9)
    if depth == 0 or kind == 0:
        return source.choice(OPERANDS)
    if kind == 1:
        return "(" + random_expression(source, depth - 1) + ")"
    if kind == 2:
        return source.choice(["not ", "-", "+"]) + "(" + random_expression(source, depth - 1) + ")"
    left, right = random_expression(source, depth - 1), random_expression(source, depth - 1)
    if kind == 3:
        return "(" + left + ") ** " + source.choice(["0", "1", "2", "3", "-1"])
    if "not " in left[:4] or "not " in right[:4]:
        left, right = "(" + left + ")", "(" + right + ")"
    return left + " " + source.choice(OPERATORS) + " " + right


def random_expressions(count):
    """Of those that only say that types don't fit, no more than a few."""
    source = random.Random(1)
    seen, errors = set(), 0
    while len(seen) < count:
        text = random_expression(source, source.randint(1, 3))
        if text in seen or " % " in text and answer_is_text(text):
            continue
        if "error" in answer(text):
            errors += 1
            if errors > count // 4:
                continue
        seen.add(text)
        yield text


def answer_is_text(text):
    """Whether a % formats a text, which the Go expressions refuse."""
    return re.search(r"(\"|LEVEL|params\.t|\)) % ", text) is not None


def main():
    listed = [text.strip() for group in (LITERALS, PATHS, TRUTH, COMPARE, ARITHMETIC, SYNTAX) for text in re.split(r" \| |\n", group)]
    texts = [text for text in listed if text] + list(random_expressions(400))
    rows = [{"ctx": CTX, "env": ENV}] + [answer(text) for text in dict.fromkeys(texts)]
    print("[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]")


main()
