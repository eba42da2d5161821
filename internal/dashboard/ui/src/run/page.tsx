// One run: what happened first, and why; then its graph, its time, and what it was made of.

import { useEffect, useMemo, useState } from "preact/hooks";
import { call, CallError, callExact, may, self } from "../api";
import { Ago, At, span, useFastNow } from "../clock";
import { show } from "../json";
import { useKeys } from "../keys";
import { on } from "../live";
import { useLoad } from "../load";
import { Badge, Confirm, Copy, Empty, Fact, Failure, Notice, Pre, Tags, Text, useTitle } from "../parts";
import { go, to } from "../route";
import { useStore } from "../store";
import { t } from "../texts";
import type { Run, RunFlow } from "../types";
import { getByCLI, getByCurl, submitByCLI, submitByCurl } from "./commands";
import { levelOf, tasksOf } from "./graph";
import { GraphView } from "./graph-view";
import { TaskPanel } from "./task";
import { Timeline } from "./timeline";

const ended = new Set(["COMPLETED", "FAILED", "CANCELLED"]);

export function RunPage({ id }: { id: string }) {
  const path = `runs/${encodeURIComponent(id)}`;
  const { value: run, error, again } = useLoad((signal) => callExact<Run>(`${path}?include=records`, { signal }), [id], 250);
  const over = run ? ended.has(run.status) : false;
  useTitle(run ? `${run.flow_name.slice(0, 60)} ${id.slice(0, 8)}` : id.slice(0, 8));
  useKeys({ u: () => go(to(["runs"])) });
  const waits = run?.status === "PENDING";

  useEffect(() => on("runs", (batch) => {
    if (waits || batch.removed.includes(id) || batch.items.some((item) => item.run_id === id)) again();
  }), [id, waits, again]);
  useEffect(() => on("workers", () => waits && again()), [waits, again]);

  if (!run) {
    if (error instanceof CallError && error.status === 404) return <Empty>{t("noSuchRun")} <a href="#/runs">{t("runs")}</a></Empty>;
    return error !== undefined ? <Failure error={error} retry={again} /> : <p class="soft loading">{t("loading")}</p>;
  }
  return <RunView run={run} over={over} path={path} again={again} error={error} />;
}

function RunView({ run, over, path, again, error }: { run: Run; over: boolean; path: string; again: () => void; error: unknown }) {
  const [selected, select] = useState<string | null>(null); // a name may be empty
  const claimed = run.start_time !== undefined; // a run by name has its flow only then
  const flow = useLoad((signal) => call<RunFlow>(`${path}/flow`, { signal }).catch((e) => {
    if (e instanceof CallError && e.status === 404) return null;
    throw e;
  }), [run.run_id, claimed]);
  const before = useMemo(() => tasksOf(levelOf(flow.value?.graph?.children ?? [])), [flow.value?.graph]);
  const failed = Object.entries(run.task_records ?? {}).filter(([, record]) => record.state === "FAILED");
  const choose = (task: string) => select((old) => (old === task ? null : task));
  return (
    <article class="run" data-run={run.run_id} data-status={run.status}>
      <Head run={run} over={over} path={path} again={again} />
      {error !== undefined && <Failure error={error} retry={again} />}
      <Why run={run} failed={failed.map(([name]) => name)} select={select} />
      <div class={`columns ${selected !== null ? "with-panel" : ""}`}>
        <div class="main-column">
          <section class="panel" aria-label={t("graph")}>
            <h2>{t("graph")}</h2>
            {flow.value?.graph ? <GraphView tree={flow.value.graph} run={run} selected={selected} select={choose} />
              : flow.value === undefined && flow.error === undefined ? <p class="soft">{t("loading")}</p> : <TaskList run={run} selected={selected} select={choose} />}
            {flow.error !== undefined && <Failure error={flow.error} retry={flow.again} />}
          </section>
          <section class="panel" aria-label={t("timeline")}>
            <h2>{t("timeline")}</h2>
            <Timeline run={run} before={before} selected={selected} select={choose} />
          </section>
          <section class="panel" aria-label={t("params")}>
            <h2>{t("params")}</h2>
            {run.params_truncated ? <Notice>{t("truncated")}</Notice> : <Pre text={show(run.params ?? {})} label={t("params")} />}
          </section>
          {flow.value && (
            <section class="panel" aria-label={t("flowFile")}>
              <details>
                <summary><h2>{t("flowFile")}</h2> <code class="soft">{flow.value.sha256.slice(0, 12)}</code></summary>
                <Pre text={flow.value.text} label={t("flowFile")} />
              </details>
            </section>
          )}
          <section class="panel" aria-label="JSON">
            <details>
              <summary><h2>JSON</h2></summary>
              <Pre text={show(run)} label="JSON" />
            </details>
          </section>
        </div>
        {selected !== null && <TaskPanel run={run} name={selected} close={() => select(null)} />}
      </div>
    </article>
  );
}

function Head({ run, over, path, again }: { run: Run; over: boolean; path: string; again: () => void }) {
  useStore(self);
  const [cancelling, ask] = useState(false);
  const now = useFastNow(!over && run.start_time !== undefined);
  const end = run.end_time ?? (over ? run.updated_at : now);
  return (
    <header class="run-head">
      <div class="run-title">
        <Badge state={run.status} />
        <h1><bdi>{run.flow_name.slice(0, 300)}</bdi></h1>
        <code class="id">{run.run_id}</code><Copy text={run.run_id} />
      </div>
      <div class="actions">
        {!over && may("runs:write") && <button type="button" class="danger" disabled={run.status === "CANCELLING"} onClick={() => ask(true)}>{t("cancel")}</button>}
        {may("runs:write") && <a class="button" href={to(["submit"], { from: run.run_id })}>{t("submitAgain")}</a>}
        <details class="menu">
          <summary class="button">{t("copyAs")}</summary>
          <div>
            <Copy text={() => getByCurl(run)} label={t("copy.getCurl")} />
            <Copy text={() => getByCLI(run)} label={t("copy.getCLI")} />
            <Copy text={() => submitByCurl(run)} label={t("copy.submitCurl")} />
            <Copy text={() => submitByCLI(run)} label={t("copy.submitCLI")} />
          </div>
        </details>
      </div>
      <dl class="facts">
        <Fact name="tag"><a href={to(["runs"], { tag: run.tag ?? "" })}><Tags tags={run.tag ? [run.tag] : []} /></a></Fact>
        {run.tags && run.tags.some((label) => label !== run.tag) && <Fact name="labels"><Tags tags={run.tags} /></Fact>}
        <Fact name="worker">
          {run.worker_id ? <a href={to(["workers", run.worker_id])}><Text value={run.worker_id} /></a> : <span class="soft">–</span>}
          {!over && run.worker_id && run.worker_alive === false && <span class="bad"> · {t("workerGone")}</span>}
        </Fact>
        {(run.attempt ?? 0) > 1 && <Fact name="attempts">{run.attempt}</Fact>}
        <Fact name="started"><At at={run.start_time} /></Fact>
        <Fact name="ended"><At at={over ? end : undefined} /></Fact>
        <Fact name="took">{run.start_time ? span((end ?? now) - run.start_time) : <span class="soft">–</span>}</Fact>
        <Fact name="updated"><Ago at={run.updated_at} /></Fact>
        {run.schedule_id && <Fact name="schedule"><a href={to(["runs"], { schedule_id: run.schedule_id })}><Text value={run.schedule_id} /></a></Fact>}
        {run.rerun_of && <Fact name="rerunOf"><a href={to(["runs", run.rerun_of])}><code>{run.rerun_of.slice(0, 8)}</code></a></Fact>}
        {run.parent_run_id && <Fact name="parent"><a href={to(["runs", run.parent_run_id])}><code>{run.parent_run_id.slice(0, 8)}</code></a></Fact>}
        {run.child_run_ids && run.child_run_ids.length > 0 && <Fact name="children">{run.child_run_ids.slice(0, 20).map((child) => <a key={child} href={to(["runs", child])}><code>{child.slice(0, 8)}</code> </a>)}</Fact>}
        {run.tenant_id && <Fact name="tenant"><Text value={run.tenant_id} /></Fact>}
        {run.cancel_requested_at && <Fact name="cancelled"><At at={run.cancel_requested_at} /> <Text value={run.cancel_requested_by} /></Fact>}
      </dl>
      {cancelling && (
        <Confirm title={t("cancelRun")} text={<><bdi>{run.flow_name.slice(0, 200)}</bdi> <code>{run.run_id}</code></>} action={t("cancelRun")} close={() => ask(false)}
          does={async () => { await call(`${path}/cancel`, { method: "POST" }); again(); }} />
      )}
    </header>
  );
}

/** What a reader came for: why it failed, or why it does not start. */
function Why({ run, failed, select }: { run: Run; failed: string[]; select: (task: string) => void }) {
  if (run.pending_reason) {
    return <Notice tone="wait"><strong>{t("waiting")}</strong> <bdi>{run.pending_reason}</bdi></Notice>;
  }
  if (!run.error && failed.length === 0) return null;
  return (
    <section class="panel why" aria-label={t("error")}>
      {run.error && <><h2>{t(run.status === "FAILED" ? "whyFailed" : "error")}</h2><Pre text={run.error} tone="bad" label={t("error")} /></>}
      {failed.slice(0, 3).map((name) => {
        const record = run.task_records![name]!;
        return (
          <div key={name} class="failed-task">
            <h3><button type="button" class="as-link" onClick={() => select(name)}><bdi>{name.slice(0, 200)}</bdi></button>{(record.attempts ?? 1) > 1 && <span class="soft"> ×{record.attempts}</span>}</h3>
            {record.error && !run.error?.includes(record.error) && <Pre text={record.error} tone="bad" label={t("error")} />}
            {record.traceback && <Pre text={record.traceback} label={t("traceback")} />}
          </div>
        );
      })}
      {failed.length > 3 && <p class="soft">{t("moreFailed", { n: failed.length - 3 })}</p>}
    </section>
  );
}

/** The tasks of a run whose flow is not kept. */
function TaskList({ run, selected, select }: { run: Run; selected: string | null; select: (task: string) => void }) {
  const names = Object.keys(run.tasks ?? {});
  if (names.length === 0) return <p class="soft">{t("noFlow")}</p>;
  return (
    <>
      <p class="soft">{t("noFlow")}</p>
      <ul class="task-list">
        {names.slice(0, 500).map((name) => (
          <li key={name}><button type="button" aria-pressed={selected === name} onClick={() => select(name)}><Badge state={run.tasks![name]!} /> <Text value={name} /></button></li>
        ))}
      </ul>
    </>
  );
}
