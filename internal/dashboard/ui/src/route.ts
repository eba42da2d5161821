// Places in the page are fragments: /runs/ID is the interface's own address.

import { Store } from "./store";

export interface Place {
  path: string[];
  query: URLSearchParams;
}

function read(): Place {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { path: (path ?? "").split("/").filter(Boolean).map(decode), query: new URLSearchParams(query ?? "") };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const place = new Store<Place>(read());

addEventListener("hashchange", () => place.set(read()));

/** The address of a place. Values that are empty are left out. */
export function to(path: string[], query: Record<string, string> = {}): string {
  const filled = Object.entries(query).filter(([, value]) => value !== "");
  const text = new URLSearchParams(filled).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

export function go(address: string): void {
  location.hash = address;
}

/** Another place in stead of this one: what is typed makes no history. */
export function replace(address: string): void {
  history.replaceState(null, "", address);
  place.set(read());
}
