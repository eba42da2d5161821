// What the gateway says of itself, and what the reader has chosen. The key lives as long as the tab.

import { Store } from "./store";

interface Settings {
  lang: string;
  auth: string;
  header: string;
  version: string;
}

export const settings: Settings = JSON.parse(document.querySelector<HTMLMetaElement>("meta[name=pyoco]")!.content);

/** The folder that the page is in: every address is relative to it. */
export const base = new URL("./", location.href).href.split("#")[0]!;

/** Storage may be forbidden: then choices last as long as the page. */
function kept(storage: () => Storage, name: string): { read(): string; write(value: string): void } {
  return {
    read() {
      try {
        return storage().getItem(name) ?? "";
      } catch {
        return "";
      }
    },
    write(value) {
      try {
        if (value === "") storage().removeItem(name);
        else storage().setItem(name, value);
      } catch {
        // it lasts as long as the page
      }
    },
  };
}

const keptKey = kept(() => sessionStorage, "pyoco-api-key");
const keptLang = kept(() => localStorage, "pyoco-lang");
const keptTheme = kept(() => localStorage, "pyoco-theme");

export type Lang = "ja" | "en";

function firstLang(): Lang {
  const wanted = keptLang.read() || (settings.lang === "auto" ? navigator.language : settings.lang);
  return wanted.toLowerCase().startsWith("ja") ? "ja" : "en";
}

export const apiKey = new Store(keptKey.read());
export const lang = new Store<Lang>(firstLang());
export const theme = new Store(keptTheme.read());

export function chooseKey(key: string): void {
  keptKey.write(key);
  apiKey.set(key);
}

export function chooseLang(next: Lang): void {
  keptLang.write(next);
  lang.set(next);
}

export function chooseTheme(next: string): void {
  keptTheme.write(next);
  theme.set(next);
}

/** Keeps the document's own attributes as they were chosen. */
export function dress(): void {
  const apply = () => {
    document.documentElement.lang = lang.value;
    if (theme.value) document.documentElement.dataset.theme = theme.value;
    else delete document.documentElement.dataset.theme;
  };
  lang.follow(apply);
  theme.follow(apply);
  apply();
}
