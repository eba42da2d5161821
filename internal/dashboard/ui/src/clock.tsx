// Times in the reader's zone, with the exact one on hover, and how long things take.

import { useEffect, useState } from "preact/hooks";
import { lang } from "./settings";
import { Store, useStore } from "./store";
import type { Seconds } from "./types";

/** Ticks once a second for what shows how long ago something was. */
const ticks = new Store(Date.now());
setInterval(() => {
  if (!document.hidden) ticks.set(Date.now());
}, 1000);
document.addEventListener("visibilitychange", () => ticks.set(Date.now()));

export function useNow(): number {
  return useStore(ticks) / 1000;
}

/** A tick for what is running, several times a second while it is. */
export function useFastNow(running: boolean): number {
  const [now, set] = useState(Date.now() / 1000);
  useEffect(() => {
    set(Date.now() / 1000);
    if (!running) return;
    const timer = setInterval(() => set(Date.now() / 1000), 250);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

export function exactTime(at: Seconds): string {
  const date = new Date(at * 1000);
  if (Number.isNaN(date.getTime())) return String(at);
  const local = new Intl.DateTimeFormat(lang.value, {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    fractionalSecondDigits: 3, timeZoneName: "longOffset", hourCycle: "h23",
  }).format(date);
  return `${local} · ${date.toISOString()}`;
}

export function clockTime(at: Seconds): string {
  const date = new Date(at * 1000);
  if (Number.isNaN(date.getTime())) return String(at);
  const today = new Date().toDateString() === date.toDateString();
  return new Intl.DateTimeFormat(lang.value, {
    ...(today ? {} : { month: "short", day: "numeric" }), hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  }).format(date);
}

export function ago(at: Seconds, now: number): string {
  const seconds = Math.round(at - now);
  const past = Math.abs(seconds);
  const format = new Intl.RelativeTimeFormat(lang.value, { numeric: "always", style: "narrow" });
  if (past < 60) return format.format(Math.min(seconds, -0), "second");
  if (past < 3600) return format.format(Math.trunc(seconds / 60), "minute");
  if (past < 86400) return format.format(Math.trunc(seconds / 3600), "hour");
  return format.format(Math.trunc(seconds / 86400), "day");
}

/** How long something took, in the two largest units that say something. */
export function span(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds === 0) return "0 s";
  if (seconds < 0.00005) return "<0.1 ms";
  if (seconds < 0.00995) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(seconds < 0.995 ? 2 : 1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} m`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

export function Ago({ at }: { at: Seconds | undefined }) {
  const now = useNow();
  if (!at) return <span class="soft">–</span>;
  return <time dateTime={isoOf(at)} title={exactTime(at)}>{ago(at, now)}</time>;
}

export function At({ at }: { at: Seconds | undefined }) {
  if (!at) return <span class="soft">–</span>;
  return <time dateTime={isoOf(at)} title={exactTime(at)}>{clockTime(at)}</time>;
}

function isoOf(at: Seconds): string {
  const date = new Date(at * 1000);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
