// Texts in both languages. The keys of one are the keys of the other: a test and the compiler compare them.

import en from "./texts/en.json";
import ja from "./texts/ja.json";
import { lang } from "./settings";

export type Key = keyof typeof en;

const texts: Record<string, Record<Key, string>> = { en, ja };

/** The text of a key, with the values for its {names}. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return texts[lang.value]![key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** The word for a state of runs, tasks or workers; one that is not known is its own word. */
export function stateText(state: string): string {
  const key = `state.${state}`;
  return key in en ? t(key as Key) : state;
}
