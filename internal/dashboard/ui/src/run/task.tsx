// One task of a run: what it was given, what it gave, why it failed.

import { At, span } from "../clock";
import { own, show } from "../json";
import { Badge, Fact, Notice, Pre } from "../parts";
import { t } from "../texts";
import type { Run, TaskRecord } from "../types";

/** What has a place of its own; what else a record holds, as the output of a Python task, is shown as it is. */
const known = new Set(["state", "started_at", "ended_at", "duration_ms", "error", "traceback", "inputs", "output", "artifacts", "loops", "progress", "attempts"]);

export function TaskPanel({ run, name, close }: { run: Run; name: string; close: () => void }) {
  const record: TaskRecord = own(run.task_records, name) ?? { state: own(run.tasks, name) ?? "PENDING" };
  const others = Object.entries(record).filter(([key, value]) => !known.has(key) && value !== null && value !== "");
  return (
    <section class="panel task-panel" aria-label={t("task")} data-panel={name}>
      <header>
        <h2><bdi>{name.slice(0, 500)}</bdi></h2>
        <Badge state={record.state} />
        <button type="button" class="quiet" onClick={close} aria-label={t("close")}>✕</button>
      </header>
      {record.error && <Pre text={record.error} tone="bad" label={t("error")} />}
      {record.traceback && <><h3>{t("traceback")}</h3><Pre text={record.traceback} label={t("traceback")} /></>}
      <dl class="facts">
        {record.started_at && <Fact name="started"><At at={record.started_at} /></Fact>}
        {record.duration_ms !== undefined && <Fact name="took">{span(record.duration_ms / 1000)}</Fact>}
        {record.attempts !== undefined && <Fact name="attempts">{record.attempts}</Fact>}
        {record.loops?.map((round, i) => (
          <Fact key={i} name="loop">
            <bdi>{round.name.slice(0, 200)}</bdi>: {t("round", { n: round.iteration, of: round.count })}
            {round.item !== undefined && <> · <code dir="auto">{show(round.item).slice(0, 300)}</code></>}
          </Fact>
        ))}
      </dl>
      {record.progress && (
        <p class="progress"><progress max={1} value={record.progress.fraction} aria-label={t("progress")} /> {Math.round(record.progress.fraction * 100)} % <bdi>{record.progress.note?.slice(0, 500)}</bdi></p>
      )}
      {others.map(([key, value]) => (
        <div key={key}><h3><bdi>{key.slice(0, 100)}</bdi></h3><Pre text={typeof value === "string" ? value : show(value)} label={key.slice(0, 100)} /></div>
      ))}
      {record.output !== undefined && <><h3>{t("output")}</h3><Pre text={show(record.output)} label={t("output")} /></>}
      {record.inputs !== undefined && <><h3>{t("inputs")}</h3><Pre text={show(record.inputs)} label={t("inputs")} /></>}
      {record.artifacts !== undefined && <><h3>{t("artifacts")}</h3><Pre text={show(record.artifacts)} label={t("artifacts")} /></>}
      {run.task_records_truncated && <Notice>{t("truncated")}</Notice>}
    </section>
  );
}
