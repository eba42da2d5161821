// Calls of the gateway, with the key, and their errors as it words them.

import { parseExact } from "./json";
import { apiKey, base, settings } from "./settings";
import { Store } from "./store";
import type { Self } from "./types";

export class CallError extends Error {
  constructor(readonly status: number, readonly detail: string, readonly id: string) {
    super(detail);
  }
}

export function keyHeaders(): Record<string, string> {
  return apiKey.value ? { [settings.header]: apiKey.value } : {};
}

interface Options {
  method?: string;
  body?: BodyInit;
  json?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

async function send(path: string, o: Options): Promise<Response> {
  const headers: Record<string, string> = { ...keyHeaders(), ...o.headers };
  let body = o.body;
  if (o.json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(o.json);
  }
  const answer = await fetch(base + path, { method: o.method ?? "GET", headers, body, signal: o.signal, cache: "no-store" });
  if (answer.ok) return answer;
  const text = await answer.text();
  let problem: { detail?: unknown; err_id?: unknown } = {};
  try {
    problem = JSON.parse(text);
  } catch {
    // a proxy answers in its own words
  }
  throw new CallError(answer.status, typeof problem.detail === "string" ? problem.detail : `${answer.status} ${answer.statusText}`, String(problem.err_id ?? ""));
}

export async function call<T>(path: string, o: Options = {}): Promise<T> {
  return JSON.parse(await (await send(path, o)).text()) as T;
}

/** A call whose values of users stay as they were written. */
export async function callExact<T>(path: string, o: Options = {}): Promise<T> {
  return parseExact(await (await send(path, o)).text()) as T;
}

export async function download(path: string): Promise<Blob> {
  return (await send(path, {})).blob();
}

export function errorText(error: unknown): string {
  if (error instanceof CallError) return error.id ? `${error.detail} (${error.id})` : error.detail;
  return error instanceof Error ? error.message : String(error);
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Who the reader is to the gateway; undefined until it has said so, null where it refuses. */
export const self = new Store<Self | null | undefined>(undefined);
/** Why it refuses. */
export const refusal = new Store("");

export async function askWhoami(): Promise<void> {
  if (settings.auth === "api_key" && !apiKey.value) {
    refusal.set("");
    self.set(null);
    return;
  }
  try {
    const who = await call<Self>("whoami");
    refusal.set("");
    self.set(who);
  } catch (error) {
    if (error instanceof CallError && (error.status === 401 || error.status === 403)) {
      refusal.set(error.detail);
      self.set(null);
    } else {
      setTimeout(() => void askWhoami(), 2000);
    }
  }
}

export function may(scope: string): boolean {
  return self.value?.scopes.includes(scope) ?? false;
}
