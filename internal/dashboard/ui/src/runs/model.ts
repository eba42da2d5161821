// The list of runs as far as it has been read: the newest, which follow what happens, and older pages by their cursors.

import { call } from "../api";
import type { Batch } from "../live";
import type { Page, RunRow } from "../types";

export const pageSize = 200;
/** How many pages are kept; those that were left are read again where somebody goes back. */
const keptPages = 50;

export interface Filter {
  status: string;
  flow: string;
  tag: string;
  schedule_id: string;
  workflow_yaml_sha256: string;
  before: string; // Unix seconds: the list begins there
}

export const filterNames = ["status", "flow", "tag", "schedule_id", "workflow_yaml_sha256", "before"] as const;

function cursorOf(updatedAt: number, id: string): string {
  const bytes = new TextEncoder().encode(JSON.stringify({ u: updatedAt, r: id }));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function matches(f: Filter, row: RunRow): boolean {
  return (!f.status || row.status === f.status) && (!f.flow || row.flow_name === f.flow) && (!f.tag || row.tag === f.tag) && (!f.schedule_id || row.schedule_id === f.schedule_id);
}

function newestFirst(a: RunRow, b: RunRow): number {
  return (b.updated_at ?? 0) - (a.updated_at ?? 0) || (a.run_id < b.run_id ? 1 : -1);
}

interface Part {
  cursor: string; // of which it was read; "" for the newest
  rows: RunRow[] | null; // null: it was left, and is to be read again
  count: number;
  used: number;
}

export class RunList {
  /** Something to draw anew. */
  changed = () => {};
  error: unknown;
  loading = false;
  /** New runs and changes that are not shown while the reader is further down. */
  waiting = new Set<string>();
  /** The list follows what happens as long as its top is in sight. */
  atTop = true;
  private parts: Part[] = [];
  private next: string | null = null;
  private loadedOnce = false;
  private reading = new AbortController();
  private busy = new Set<Part>();
  private turn = 0;

  constructor(readonly filter: Filter) {}

  get size(): number {
    return this.parts.reduce((sum, part) => sum + part.count, 0);
  }

  get complete(): boolean {
    return this.next === null;
  }

  get ready(): boolean {
    return this.loadedOnce;
  }

  /** Whether what happens now belongs at the top. */
  private get follows(): boolean {
    return !this.filter.before && !this.filter.workflow_yaml_sha256;
  }

  row(index: number): RunRow | undefined {
    for (const part of this.parts) {
      if (index < part.count) return part.rows?.[index];
      index -= part.count;
    }
    return undefined;
  }

  indexOf(id: string): number {
    let start = 0;
    for (const part of this.parts) {
      const at = part.rows?.findIndex((row) => row.run_id === id) ?? -1;
      if (at >= 0) return start + at;
      start += part.count;
    }
    return -1;
  }

  close(): void {
    this.reading.abort();
    this.changed = () => {};
  }

  private path(cursor: string): string {
    const query = new URLSearchParams({ limit: String(pageSize), cursor });
    for (const name of filterNames) if (name !== "before" && this.filter[name]) query.set(name, this.filter[name]);
    return `runs?${query}`;
  }

  /** Reads the newest again; what was read further down is dropped. */
  async restart(): Promise<void> {
    this.reading.abort();
    const reading = (this.reading = new AbortController());
    this.busy.clear();
    this.loading = true;
    const first = this.filter.before ? cursorOf(Number(this.filter.before), "~") : "";
    try {
      const page = await call<Page<RunRow>>(this.path(first), { signal: reading.signal });
      this.parts = [{ cursor: first, rows: page.items, count: page.items.length, used: 0 }];
      this.next = page.next_cursor;
      this.error = undefined;
      this.waiting.clear();
      this.loadedOnce = true;
    } catch (error) {
      if (reading.signal.aborted) return;
      this.error = error;
    }
    this.loading = false;
    this.changed();
  }

  /** Makes sure that what is in sight is there, and what comes next. */
  want(from: number, until: number): void {
    let start = 0;
    for (const part of this.parts) {
      if (start < until && start + part.count > from) {
        part.used = ++this.turn;
        if (!part.rows) void this.refill(part);
      }
      start += part.count;
    }
    if (until + pageSize / 2 > start && this.next !== null && !this.loading && this.error === undefined) void this.more();
  }

  private async more(): Promise<void> {
    const reading = this.reading;
    const cursor = this.next!;
    this.loading = true;
    try {
      const page = await call<Page<RunRow>>(this.path(cursor), { signal: reading.signal });
      this.parts.push({ cursor, rows: page.items, count: page.items.length, used: ++this.turn });
      this.next = page.next_cursor;
      this.leave();
    } catch (error) {
      if (reading.signal.aborted) return;
      this.error = error;
    }
    this.loading = false;
    this.changed();
  }

  private async refill(part: Part): Promise<void> {
    if (this.busy.has(part)) return;
    this.busy.add(part);
    const reading = this.reading;
    try {
      const page = await call<Page<RunRow>>(this.path(part.cursor), { signal: reading.signal });
      part.rows = page.items.slice(0, part.count); // its place stays as large as it was
      this.leave();
    } catch (error) {
      if (reading.signal.aborted) return;
      this.error = error;
    }
    this.busy.delete(part);
    this.changed();
  }

  /** After changes were lost: at the top everything is read anew, further down what is in sight. */
  again(): void {
    if (this.atTop || !this.loadedOnce) {
      void this.restart();
      return;
    }
    for (const part of this.parts) if (part.rows && part.used > this.turn - 3) void this.refill(part);
  }

  private leave(): void {
    const held = this.parts.filter((part) => part.rows);
    if (held.length <= keptPages) return;
    held.sort((a, b) => a.used - b.used);
    for (const part of held.slice(0, held.length - keptPages)) part.rows = null;
  }

  /** Takes what has happened. */
  take(batch: Batch<RunRow>): void {
    if (!this.loadedOnce) return;
    if (this.atTop && this.follows) this.merge(batch);
    else this.update(batch);
    this.changed();
  }

  /** At the top, the newest rows are all there is; the next page follows on the last of them. */
  private merge(batch: Batch<RunRow>): void {
    const gone = new Set(batch.removed);
    const incoming: RunRow[] = [];
    for (const row of batch.items) {
      gone.add(row.run_id);
      if (matches(this.filter, row)) incoming.push(row);
    }
    const head = this.parts[0]?.rows ?? [];
    const cut = this.parts.length > 1 || this.next !== null;
    let rows = head.filter((row) => !gone.has(row.run_id));
    const last = rows.at(-1);
    rows = incoming.length > 0 ? rows.concat(incoming).sort(newestFirst) : rows;
    if (cut && last) while (rows.length > 0 && rows.at(-1) !== last && newestFirst(rows.at(-1)!, last) > 0) rows.pop(); // it belongs to a page below
    const full = rows.length > 2 * pageSize;
    if (full) rows = rows.slice(0, pageSize);
    const end = rows.at(-1);
    if (end && (cut || full)) this.next = cursorOf(end.updated_at ?? 0, end.run_id);
    this.parts = [{ cursor: "", rows, count: rows.length, used: ++this.turn }];
    this.waiting.clear();
  }

  /** Further down, rows stay where they are and show what has become of them. */
  private update(batch: Batch<RunRow>): void {
    const news = new Map(batch.items.map((row) => [row.run_id, row]));
    for (const part of this.parts) {
      part.rows?.forEach((row, i) => {
        const now = news.get(row.run_id);
        if (now) part.rows![i] = now;
      });
    }
    if (!this.follows) return;
    for (const row of batch.items) {
      if (this.waiting.size < 10_000 && matches(this.filter, row)) this.waiting.add(row.run_id);
    }
  }
}
