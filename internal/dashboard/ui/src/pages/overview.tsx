// The state of everything: what waits for whom, and what the last hour was like.

import { useEffect } from "preact/hooks";
import { call, may } from "../api";
import { Ago, span, useNow } from "../clock";
import { counts, on } from "../live";
import { useLoad } from "../load";
import { Badge, Empty, Failure, Text, useTitle } from "../parts";
import { to } from "../route";
import { useStore } from "../store";
import { stateText, t } from "../texts";
import type { Overview, RunRow } from "../types";
import { Bars, Lines } from "./chart";

/** How soon what has changed is asked for again. */
const pause = 2000;

export function OverviewPage() {
  useTitle(t("overview"));
  const numbers = useStore(counts);
  const overview = useLoad((signal) => call<Overview>("overview", { signal }), [], pause);
  const failures = useLoad((signal) => call<RunRow[]>("runs?status=FAILED&limit=8", { signal }), [], pause);
  const minute = Math.floor(useNow() / 60);
  useEffect(overview.again, [numbers, minute]);
  useEffect(failures.again, [numbers.FAILED]);
  useEffect(() => on("workers", overview.again), [overview.again]);
  const o = overview.value;
  if (!o) return overview.error !== undefined ? <Failure error={overview.error} retry={overview.again} /> : <p class="soft loading">{t("loading")}</p>;
  const at = o.minutes.map((m) => m.at);
  const ended = o.minutes.reduce((sum, m) => sum + m.completed + m.failed + m.cancelled, 0);
  const failed = o.minutes.reduce((sum, m) => sum + m.failed, 0);
  const whole = (n: number) => n.toLocaleString();
  return (
    <div class="overview">
      <h1 class="offscreen">{t("overview")}</h1>
      {overview.error !== undefined && <Failure error={overview.error} retry={overview.again} />}
      <ul class="tiles">
        {["PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"].map((status) => (
          <li key={status}><a href={to(["runs"], { status })} data-status={status}><Badge state={status} /><b>{whole(o.runs[status] ?? 0)}</b></a></li>
        ))}
        {may("workers:read") && <li><a href="#/workers"><span class="soft">{t("workers")}</span><b>{whole((o.workers.RUNNING ?? 0) + (o.workers.IDLE ?? 0))}</b>{(o.workers.DISCONNECTED ?? 0) > 0 && <small class="warn">{o.workers.DISCONNECTED} {stateText("DISCONNECTED")}</small>}</a></li>}
        <li><a href="#/letters"><span class="soft">{t("letters")}</span><b>{o.dead_letters === null ? "–" : whole(o.dead_letters)}</b></a></li>
      </ul>
      <h2 class="section">{t("lastHour")}</h2>
      <div class="charts">
        <Bars title={t("throughput")} at={at} show={whole} series={[
          { name: stateText("COMPLETED"), tone: "good", values: o.minutes.map((m) => m.completed) },
          { name: stateText("FAILED"), tone: "bad", values: o.minutes.map((m) => m.failed) },
          { name: stateText("CANCELLED"), tone: "off", values: o.minutes.map((m) => m.cancelled) },
        ]} note={t("perMinute", { n: (ended / at.length).toLocaleString(undefined, { maximumFractionDigits: 1 }) })} />
        <Lines title={t("waits")} at={at} show={span} note={t("waitsNote")} series={[
          { name: t("half"), tone: "live", values: o.minutes.map((m) => m.wait_p50) },
          { name: t("most"), tone: "warn", values: o.minutes.map((m) => m.wait_p95) },
        ]} />
        <Bars title={t("failures")} at={at} show={whole} note={t("failureShare", { n: whole(failed), of: whole(ended) })} series={[
          { name: stateText("FAILED"), tone: "bad", values: o.minutes.map((m) => m.failed) },
        ]} />
      </div>
      <div class="halves">
        <section class="panel" aria-label={t("queues")}>
          <h2>{t("queues")}</h2>
          {o.queues.length === 0 ? <Empty>{t("noQueues")}</Empty> : (
            <div class="scroll-x" tabIndex={0} role="group" aria-label={t("queues")}>
              <table>
                <thead><tr><th scope="col">{t("tag")}</th><th scope="col" class="num">{t("queueWaiting")}</th><th scope="col" class="num">{t("queueRunning")}</th><th scope="col" class="num">{t("queueWorkers")}</th><th scope="col" class="num">{t("queueFree")}</th></tr></thead>
                <tbody>
                  {o.queues.map((q) => (
                    <tr key={q.tag} data-queue={q.tag}>
                      <th scope="row"><a href={to(["runs"], { tag: q.tag })}><Text value={q.tag} /></a>{q.waiting > 0 && q.workers === 0 && may("workers:read") && <small class="warn">{t("noWorkerFor")}</small>}</th>
                      <td class="num">{whole(q.waiting)}</td><td class="num">{whole(q.running)}</td><td class="num">{q.workers}</td><td class="num">{q.free}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
        <section class="panel" aria-label={t("latestFailures")}>
          <h2>{t("latestFailures")}</h2>
          {failures.value?.length === 0 && <Empty>{t("noFailures")}</Empty>}
          <ul class="failures">
            {failures.value?.map((run) => (
              <li key={run.run_id}><a href={to(["runs", run.run_id])}><Text value={run.flow_name} /></a><Text value={run.error} class="bad" /><span class="soft"><Ago at={run.updated_at} /></span></li>
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}
