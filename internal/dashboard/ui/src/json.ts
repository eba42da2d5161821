// JSON whose numbers stay as they were written: 2^63 and 1.0 would lose what they say as JavaScript numbers.

/** A number that JavaScript would write otherwise. */
export class Exact {
  constructor(readonly text: string) {}
}

type Source = { source?: string };

export function parseExact(text: string): unknown {
  return JSON.parse(text, function (_key, value, context?: Source) {
    if (typeof value === "number" && context?.source !== undefined && String(value) !== context.source) {
      return new Exact(context.source);
    }
    return value;
  } as (this: unknown, key: string, value: unknown) => unknown);
}

/** Numbers that the page itself counts with. */
export function plain(value: unknown): number | undefined {
  if (value instanceof Exact) return Number(value.text);
  return typeof value === "number" ? value : undefined;
}

/** What a map has under a key itself: tasks may be called constructor. */
export function own<T>(map: Record<string, T> | undefined, key: string): T | undefined {
  return map && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** JSON for people: indented, texts and numbers as they came. */
export function show(value: unknown, indent = ""): string {
  if (value instanceof Exact) return value.text;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const deeper = indent + "  ";
  const list = Array.isArray(value);
  const parts = list
    ? value.map((item) => deeper + show(item, deeper))
    : Object.entries(value).map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${show(item, deeper)}`);
  if (parts.length === 0) return list ? "[]" : "{}";
  return `${list ? "[" : "{"}\n${parts.join(",\n")}\n${indent}${list ? "]" : "}"}`;
}

/** JSON for a command line or a request: on one line. */
export function compact(value: unknown): string {
  if (value instanceof Exact) return value.text;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(compact).join(",")}]`;
  return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${compact(item)}`).join(",")}}`;
}
