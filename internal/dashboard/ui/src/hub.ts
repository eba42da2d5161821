// One stream of everything, and those that listen to it: the tabs of a browser share one connection, of which HTTP/1.1
// allows six a host.

import { eventsOf } from "./sse";

export interface Target {
  url: string;
  headers: Record<string, string>;
}

export type Message =
  | { kind: "state"; state: "connecting" | "open" | "refused"; detail: string }
  | { kind: "event"; name: string; data: string };

export type Listener = (message: Message) => void;

const longestPause = 10_000;
/** Comments come every two seconds: a connection without a byte for so long is dead. */
const longestSilence = 15_000;

export class Hub {
  private listeners = new Set<Listener>();
  private stop = new AbortController();
  private state: Message = { kind: "state", state: "connecting", detail: "" };
  private counts: Message | undefined;

  constructor(private target: Target) {}

  get empty(): boolean {
    return this.listeners.size === 0;
  }

  join(listener: Listener): void {
    const first = this.empty;
    this.listeners.add(listener);
    listener(this.state);
    if (this.counts) listener(this.counts);
    if (first) {
      this.stop = new AbortController();
      void this.run(this.stop.signal);
    }
  }

  leave(listener: Listener): void {
    this.listeners.delete(listener);
    if (this.empty) this.stop.abort();
  }

  private tell(message: Message): void {
    if (message.kind === "state") this.state = message;
    if (message.kind === "event" && message.name === "counts") this.counts = message;
    for (const listener of this.listeners) listener(message);
  }

  private async run(stop: AbortSignal): Promise<void> {
    let pause = 250;
    while (!stop.aborted) {
      const opened = await this.read(stop);
      if (stop.aborted || this.isRefused()) return;
      if (opened) pause = 250;
      this.tell({ kind: "state", state: "connecting", detail: "" });
      await new Promise((done) => setTimeout(done, pause * (0.5 + Math.random())));
      pause = Math.min(pause * 2, longestPause);
    }
  }

  private isRefused(): boolean {
    return this.state.kind === "state" && this.state.state === "refused";
  }

  /** Follows the stream to its end, and says whether it was there. */
  private async read(stop: AbortSignal): Promise<boolean> {
    const quiet = new AbortController();
    const signal = AbortSignal.any([stop, quiet.signal]);
    let timer = setTimeout(() => quiet.abort(), longestSilence);
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), longestSilence);
    };
    let opened = false;
    try {
      const answer = await fetch(this.target.url, { headers: this.target.headers, signal, cache: "no-store" });
      if (answer.status === 401 || answer.status === 403) {
        const problem = (await answer.json().catch(() => ({}))) as { detail?: unknown };
        this.tell({ kind: "state", state: "refused", detail: String(problem.detail ?? answer.statusText) });
        return false;
      }
      if (!answer.ok || !answer.body) return false;
      const alive = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, out) {
          heard();
          out.enqueue(chunk);
        },
      });
      for await (const event of eventsOf(answer.body.pipeThrough(alive))) {
        if (event.name === "open") {
          opened = true;
          this.tell({ kind: "state", state: "open", detail: "" });
        } else if (event.name === "end") break;
        else if (event.name !== "heartbeat") this.tell({ kind: "event", name: event.name, data: event.data });
      }
    } catch {
      // the gateway or the network is away: the caller tries again
    } finally {
      clearTimeout(timer);
      quiet.abort();
    }
    return opened;
  }
}
