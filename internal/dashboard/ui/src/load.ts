// Reading from the gateway for a component: the newest answer wins, and what is asked again soon is asked once.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { isAbort } from "./api";
import { on } from "./live";
import { apiKey } from "./settings";

export interface Loaded<T> {
  value: T | undefined;
  error: unknown;
  again: () => void;
}

/** Reads once, and again when asked, when the connection comes back, or with other inputs. */
export function useLoad<T>(read: (signal: AbortSignal) => Promise<T>, inputs: unknown[], pause = 0): Loaded<T> {
  const [state, set] = useState<{ value: T | undefined; error: unknown }>({ value: undefined, error: undefined });
  const current = useRef<{ stop: AbortController | undefined; timer: number; due: boolean; last: number }>({ stop: undefined, timer: 0, due: false, last: 0 });
  const latest = useRef(read);
  latest.current = read;

  const start = useCallback(() => {
    const c = current.current;
    c.stop?.abort();
    const stop = new AbortController();
    c.stop = stop;
    c.due = false;
    c.last = Date.now();
    latest.current(stop.signal).then(
      (value) => !stop.signal.aborted && set({ value, error: undefined }),
      (error) => !stop.signal.aborted && !isAbort(error) && set((old) => ({ value: old.value, error })),
    ).finally(() => {
      if (c.stop === stop) c.stop = undefined;
      if (c.due && !stop.signal.aborted) again();
    });
  }, []);

  const again = useCallback(() => {
    const c = current.current;
    if (c.stop) {
      c.due = true; // after the one that is under way
      return;
    }
    if (c.timer) return;
    c.timer = window.setTimeout(() => {
      c.timer = 0;
      start();
    }, Math.max(0, pause - (Date.now() - c.last)));
  }, [pause]);

  useEffect(() => {
    set({ value: undefined, error: undefined });
    start();
    const leave = [on("reset", again), apiKey.follow(start)];
    return () => {
      leave.forEach((f) => f());
      const c = current.current;
      clearTimeout(c.timer);
      c.timer = 0;
      c.stop?.abort();
      c.stop = undefined;
    };
  }, inputs);

  return { ...state, again };
}
