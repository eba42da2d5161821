// The list of runs: counts by status, filters that stand in the address, and the rows.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useKeys } from "../keys";
import { counts, on } from "../live";
import { Failure, useTitle } from "../parts";
import { go, place, replace, to } from "../route";
import { apiKey } from "../settings";
import { useStore } from "../store";
import { stateText, t } from "../texts";
import { type Filter, filterNames, RunList } from "./model";
import { Rows } from "./rows";
import { Search } from "./search";

const statuses = ["PENDING", "PENDING_APPROVAL", "RUNNING", "CANCELLING", "COMPLETED", "FAILED", "CANCELLED"];
const rare = new Set(["PENDING_APPROVAL", "CANCELLING"]);

function filterOf(query: URLSearchParams): Filter {
  return Object.fromEntries(filterNames.map((name) => [name, query.get(name) ?? ""])) as unknown as Filter;
}

export function RunsPage() {
  const { query } = useStore(place);
  useStore(apiKey);
  useTitle(t("runs"));
  const filter = filterOf(query);
  const address = JSON.stringify(filter) + apiKey.value;
  const list = useMemo(() => new RunList(filter), [address]);
  const [, draw] = useState(0);
  const [selected, show] = useState("");
  const chosen = useRef(""); // keys may come faster than the page is drawn
  const select = (id: string) => {
    chosen.current = id;
    show(id);
  };
  const known = useRef(new Set<string>());

  useEffect(() => {
    let due = false;
    list.changed = () => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => {
        due = false;
        draw((n) => n + 1);
      });
    };
    void list.restart();
    const leave = [on("runs", (batch) => list.take(batch)), on("reset", () => list.again())];
    return () => {
      leave.forEach((f) => f());
      list.close();
    };
  }, [list]);

  const change = (changes: Partial<Filter>) => replace(to(["runs"], { ...filter, ...changes }));
  const move = (by: number) => {
    if (list.size === 0) return;
    const at = list.indexOf(chosen.current);
    const next = list.row(Math.max(0, Math.min(list.size - 1, at < 0 ? 0 : at + by)));
    if (next) select(next.run_id);
  };
  useKeys({ j: () => move(1), k: () => move(-1), Enter: () => chosen.current && go(to(["runs", chosen.current])) });

  for (let i = 0; i < Math.min(50, list.size) && known.current.size < 200; i++) {
    const row = list.row(i);
    if (row?.flow_name) known.current.add(`flow:${quoted(row.flow_name)}`);
    if (row?.tag) known.current.add(`tag:${row.tag}`);
  }

  return (
    <div class="runs">
      <h1 class="offscreen">{t("runs")}</h1>
      <div class="runs-head">
        <Tabs status={filter.status} narrowed={Boolean(filter.flow || filter.tag || filter.schedule_id)} choose={(status) => change({ status })} />
        <Search known={[...known.current]} />
      </div>
      <Chips filter={filter} change={change} />
      {list.error !== undefined && <Failure error={list.error} retry={() => void list.restart()} />}
      <Rows list={list} selected={selected} select={select} filtered={filterNames.some((name) => filter[name])} />
    </div>
  );
}

function quoted(text: string): string {
  return /\s/.test(text) ? `"${text.slice(0, 100)}"` : text.slice(0, 100);
}

function Tabs({ status, narrowed, choose }: { status: string; narrowed: boolean; choose: (status: string) => void }) {
  const numbers = useStore(counts);
  const all = Object.values(numbers).reduce((sum, n) => sum + n, 0);
  const shown = statuses.filter((s) => !rare.has(s) || numbers[s] || s === status);
  const number = (n: number) => !narrowed && <b>{n.toLocaleString()}</b>;
  return (
    <div class="tabs" role="group" aria-label={t("status")}>
      <button type="button" aria-pressed={status === ""} onClick={() => choose("")}>{t("all")} {number(all)}</button>
      {shown.map((s) => (
        <button type="button" key={s} class={s} data-status={s} aria-pressed={status === s} onClick={() => choose(s)}>
          {stateText(s)} {number(numbers[s] ?? 0)}
        </button>
      ))}
    </div>
  );
}

function Chips({ filter, change }: { filter: Filter; change: (changes: Partial<Filter>) => void }) {
  const before = (text: string) => {
    const at = new Date(text).getTime() / 1000;
    change({ before: text && Number.isFinite(at) ? String(at) : "" });
  };
  return (
    <div class="filters">
      {(["flow", "tag", "schedule_id", "workflow_yaml_sha256"] as const).map((name) => (
        (name === "flow" || name === "tag" || filter[name]) && (
          <label key={name} class={filter[name] ? "set" : ""}>
            <span>{t(`filter.${name}`)}</span>
            <input type="text" value={filter[name]} dir="auto" spellcheck={false} onChange={(e) => change({ [name]: e.currentTarget.value.trim() })} />
          </label>
        )
      ))}
      <label class={filter.before ? "set" : ""}>
        <span>{t("filter.before")}</span>
        <input type="datetime-local" step="1" value={localOf(filter.before)} onChange={(e) => before(e.currentTarget.value)} />
      </label>
      {filterNames.some((name) => filter[name]) && <a class="button" href="#/runs">{t("clearFilters")}</a>}
    </div>
  );
}

function localOf(seconds: string): string {
  if (!seconds) return "";
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
