// Workers: what they do, what they serve, which wheels they have, and which an operator has hidden.

import { useEffect, useMemo, useState } from "preact/hooks";
import { call, errorText, may, self } from "../api";
import { Ago, At } from "../clock";
import { on } from "../live";
import { useLoad } from "../load";
import { Badge, Empty, Fact, Failure, Notice, Tags, Text, useTitle } from "../parts";
import { place, replace, to } from "../route";
import { ReadOnly } from "../shell";
import { useStore } from "../store";
import { t } from "../texts";
import type { Worker } from "../types";

export function runsOf(worker: Worker): string[] {
  return worker.current_run_ids ?? (worker.current_run_id ? [worker.current_run_id] : []);
}

export function WorkersPage() {
  useTitle(t("workers"));
  useStore(self);
  const { query } = useStore(place);
  const active = query.get("scope") === "active";
  const hidden = query.get("hidden") === "1";
  const loaded = useLoad((signal) => call<Worker[]>("workers?scope=all&include_hidden=true&limit=500", { signal }), []);
  const [news, setNews] = useState<Map<string, Worker | null>>(new Map());
  useEffect(() => setNews(new Map()), [loaded.value]);
  useEffect(() => on("workers", (batch) => setNews((old) => {
    const next = new Map(old);
    for (const worker of batch.items) next.set(worker.worker_id, worker);
    for (const id of batch.removed) next.set(id, null);
    return next;
  })), []);
  const workers = useMemo(() => {
    const all = new Map((loaded.value ?? []).map((w) => [w.worker_id, w]));
    for (const [id, worker] of news) worker ? all.set(id, worker) : all.delete(id);
    return [...all.values()]
      .filter((w) => (hidden || !w.hidden) && (!active || w.state === "RUNNING" || w.state === "IDLE"))
      .sort((a, b) => rank(a) - rank(b) || (a.worker_id < b.worker_id ? -1 : 1));
  }, [loaded.value, news, hidden, active]);
  const filter = (changes: Record<string, string>) => replace(to(["workers"], { scope: active ? "active" : "", hidden: hidden ? "1" : "", ...changes }));
  return (
    <div class="workers">
      <div class="page-head">
        <h1>{t("workers")}</h1>
        <label class="check"><input type="checkbox" checked={active} onChange={(e) => filter({ scope: e.currentTarget.checked ? "active" : "" })} />{t("activeOnly")}</label>
        <label class="check"><input type="checkbox" id="show-hidden" checked={hidden} onChange={(e) => filter({ hidden: e.currentTarget.checked ? "1" : "" })} />{t("showHidden")}</label>
      </div>
      <ReadOnly scope="workers:write" />
      {loaded.error !== undefined && <Failure error={loaded.error} retry={loaded.again} />}
      {loaded.value && workers.length === 0 && <Empty>{t("noWorkers")}</Empty>}
      <ul class="cards">{workers.map((worker) => <Card key={worker.worker_id} worker={worker} again={loaded.again} />)}</ul>
    </div>
  );
}

const order = ["RUNNING", "IDLE", "DISCONNECTED", "STOPPED_GRACEFUL"];
const rank = (worker: Worker) => order.indexOf(worker.state) + (worker.hidden ? 10 : 0);

function Card({ worker, again }: { worker: Worker; again: () => void }) {
  const runs = runsOf(worker);
  return (
    <li class={`panel card ${worker.hidden ? "is-hidden" : ""}`} data-worker={worker.worker_id} data-state={worker.state}>
      <header>
        <h2><a href={to(["workers", worker.worker_id])}><Text value={worker.worker_id} /></a></h2>
        <Badge state={worker.state} />
        {worker.hidden && <span class="tag">{t("hidden")}</span>}
      </header>
      <Load worker={worker} />
      <dl class="facts">
        <Fact name="tag"><Tags tags={worker.tags} /></Fact>
        <Fact name="lastSeen"><Ago at={worker.last_seen_at} /></Fact>
        {runs.length > 0 && <Fact name="now"><RunLinks runs={runs} /></Fact>}
        {worker.last_run_id && <Fact name="lastRun"><a href={to(["runs", worker.last_run_id])}><code>{worker.last_run_id.slice(0, 8)}</code></a> <Badge state={worker.last_run_status ?? ""} /></Fact>}
        <Wheels worker={worker} />
      </dl>
      <Hide worker={worker} again={again} />
    </li>
  );
}

function RunLinks({ runs }: { runs: string[] }) {
  return <>{runs.slice(0, 8).map((id) => <a key={id} href={to(["runs", id])}><code>{id.slice(0, 8)}</code> </a>)}{runs.length > 8 && <span class="soft">+{runs.length - 8}</span>}</>;
}

function Load({ worker }: { worker: Worker }) {
  if (worker.state !== "RUNNING" && worker.state !== "IDLE") return null;
  const slots = worker.concurrency ?? 1;
  const busy = Math.min(runsOf(worker).length, slots);
  return (
    <p class="load">
      <meter min={0} max={slots} value={busy} aria-label={t("load")} />
      <span class="soft">{t("loadText", { n: busy, of: slots })}{worker.concurrency === undefined && ` · ${t("pythonWorker")}`}</span>
    </p>
  );
}

function Wheels({ worker }: { worker: Worker }) {
  const sync = worker.wheel_sync;
  if (!sync?.enabled) return null;
  const installed = sync.installed_wheels ?? [];
  return (
    <>
      <Fact name="wheelSync"><Badge state={sync.last_result ?? ""} /> {sync.last_error && <Text value={sync.last_error} class="bad" />}</Fact>
      <Fact name="installed">{installed.length === 0 ? <span class="soft">–</span> : <Tags tags={installed.map((w) => `${w.package_name ?? w.wheel_name} ${w.package_version ?? ""}`)} />}</Fact>
      {(sync.skipped_incompatible?.length ?? 0) > 0 && <Fact name="wheelSkipped"><Tags tags={sync.skipped_incompatible!.map((w) => w.wheel_name ?? "")} /></Fact>}
    </>
  );
}

function Hide({ worker, again }: { worker: Worker; again: () => void }) {
  const [error, setError] = useState("");
  if (!may("workers:write")) return null;
  const turn = async () => {
    try {
      await call(`workers/${encodeURIComponent(worker.worker_id)}`, { method: "PATCH", json: { hidden: !worker.hidden } });
      setError("");
      again();
    } catch (e) {
      setError(errorText(e));
    }
  };
  return (
    <>
      <button type="button" class="quiet hide" onClick={() => void turn()}>{worker.hidden ? t("unhide") : t("hide")}</button>
      {error && <Notice tone="bad"><bdi>{error}</bdi></Notice>}
    </>
  );
}

export function WorkerPage({ id }: { id: string }) {
  useTitle(id.slice(0, 60));
  useStore(self);
  const { value: worker, error, again } = useLoad((signal) => call<Worker>(`workers/${encodeURIComponent(id)}`, { signal }), [id], 500);
  useEffect(() => on("workers", (batch) => batch.items.some((w) => w.worker_id === id) && again()), [id, again]);
  if (!worker) return error !== undefined ? <Empty>{errorText(error)} <a href="#/workers">{t("workers")}</a></Empty> : <p class="soft loading">{t("loading")}</p>;
  return (
    <div class="worker-page">
      <h1 class="offscreen"><bdi>{id.slice(0, 200)}</bdi></h1>
      <ul class="cards"><Card worker={worker} again={again} /></ul>
      <section class="panel" aria-label={t("recentRuns")}>
        <h2>{t("recentRuns")}</h2>
        {worker.recent_runs?.length === 0 && <Empty>{t("noRuns")}</Empty>}
        <div class="scroll-x" tabIndex={0} role="group" aria-label={t("recentRuns")}>
          <table>
            <thead><tr><th scope="col">{t("status")}</th><th scope="col">{t("flow")}</th><th scope="col">{t("runId")}</th><th scope="col">{t("error")}</th><th scope="col">{t("updated")}</th></tr></thead>
            <tbody>
              {worker.recent_runs?.map((run) => (
                <tr key={run.run_id}>
                  <td><Badge state={run.status} /></td>
                  <td><a href={to(["runs", run.run_id])}><Text value={run.flow_name} /></a></td>
                  <td><code>{run.run_id.slice(0, 8)}</code></td>
                  <td><Text value={run.error} class="bad" /></td>
                  <td><At at={run.updated_at} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </div>
  );
}
