// The tab's end of the shared stream: what has changed, for all parts of the page.

import { keyHeaders } from "./api";
import { Hub, type Message, type Target } from "./hub";
import { apiKey, base, settings } from "./settings";
import { Store } from "./store";
import type { Wish } from "./stream";
import type { RunRow, Worker } from "./types";

export interface Batch<T> {
  items: T[];
  removed: string[];
}

export const connection = new Store<{ state: "connecting" | "open" | "refused"; detail: string }>({ state: "connecting", detail: "" });
export const counts = new Store<Record<string, number>>({});

type Handlers = { runs: (batch: Batch<RunRow>) => void; workers: (batch: Batch<Worker>) => void; reset: () => void };

const handlers: { [K in keyof Handlers]: Set<Handlers[K]> } = { runs: new Set(), workers: new Set(), reset: new Set() };

/** Calls a handler for each batch; reset says that everything has to be read anew, also after a broken connection. */
export function on<K extends keyof Handlers>(name: K, handler: Handlers[K]): () => void {
  handlers[name].add(handler);
  return () => void handlers[name].delete(handler);
}

function take(message: Message): void {
  if (message.kind === "state") {
    connection.set({ state: message.state, detail: message.detail });
    if (message.state === "open") handlers.reset.forEach((handler) => handler());
    return;
  }
  switch (message.name) {
    case "runs": {
      if (handlers.runs.size === 0) return;
      const batch = JSON.parse(message.data) as Batch<RunRow>;
      handlers.runs.forEach((handler) => handler(batch));
      return;
    }
    case "workers": {
      const batch = JSON.parse(message.data) as Batch<Worker>;
      handlers.workers.forEach((handler) => handler(batch));
      return;
    }
    case "counts":
      counts.set((JSON.parse(message.data) as { runs: Record<string, number> }).runs);
      return;
    case "reset":
      handlers.reset.forEach((handler) => handler());
  }
}

interface Link {
  send(wish: Wish): void;
}

/** Shared where the browser has shared workers, else the tab's own. */
function link(): Link {
  if (typeof SharedWorker !== "undefined") {
    const policy = (window as { trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } } }).trustedTypes?.createPolicy(
      "pyoco",
      { createScriptURL: () => new URL("static/stream.js", base).href },
    );
    const url = policy ? policy.createScriptURL("") : new URL("static/stream.js", base).href;
    const worker = new SharedWorker(url, { type: "module", name: `pyoco ${settings.version}` });
    worker.port.onmessage = ({ data }: MessageEvent<Message>) => take(data);
    return { send: (wish) => worker.port.postMessage(wish) };
  }
  let hub: Hub | undefined;
  return {
    send(wish) {
      if (wish.kind === "visible") return;
      hub?.leave(take);
      hub = wish.kind === "join" ? new Hub(wish.target) : undefined;
      hub?.join(take);
    },
  };
}

/** Joins the stream, and joins it anew with another key. */
export function connect(): void {
  const { send } = link();
  const join = () => {
    if (settings.auth === "api_key" && !apiKey.value) {
      send({ kind: "leave" });
      connection.set({ state: "refused", detail: "" });
      return;
    }
    const target: Target = { url: new URL("events?counts=1", base).href, headers: keyHeaders() };
    send({ kind: "join", target });
  };
  apiKey.follow(join);
  document.addEventListener("visibilitychange", () => send({ kind: "visible", visible: !document.hidden }));
  addEventListener("pagehide", () => send({ kind: "leave" }));
  addEventListener("pageshow", (event) => {
    if (event.persisted) join();
  });
  join();
}
