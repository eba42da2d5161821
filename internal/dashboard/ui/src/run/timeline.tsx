// When each task waited and ran.

import { exactTime, span, useFastNow } from "../clock";
import { own } from "../json";
import { Mark, toneOf } from "../parts";
import { t } from "../texts";
import type { Run } from "../types";

interface Props {
  run: Run;
  before: Map<string, string[]>; // what each task follows on
  selected: string | null;
  select: (task: string) => void;
}

interface Bar {
  name: string;
  state: string;
  ready: number;
  start: number;
  end: number;
  attempts: number;
}

const mostRows = 200;

export function Timeline({ run, before, selected, select }: Props) {
  const running = !run.end_time && run.status === "RUNNING";
  const now = useFastNow(running);
  const bars = barsOf(run, before, now);
  if (bars.length === 0) return <p class="soft">{t("nothingStarted")}</p>;
  const from = Math.min(run.start_time ?? Infinity, ...bars.map((bar) => bar.ready));
  const until = Math.max(run.end_time ?? 0, ...bars.map((bar) => bar.end), from + 0.001);
  const share = (at: number) => `${Math.max(0, Math.min(100, ((at - from) / (until - from)) * 100)).toFixed(2)}%`;
  const shown = bars.slice(0, mostRows);
  return (
    <div class="timeline">
      <div class="axis" aria-hidden="true">
        <span />
        <div>{[0, 0.25, 0.5, 0.75, 1].map((part) => <span key={part} style={{ left: `${part * 100}%` }}>{span((until - from) * part)}</span>)}</div>
        <span />
      </div>
      <ul>
        {shown.map((bar) => (
          <li key={bar.name}>
            <button type="button" class="line" aria-pressed={selected === bar.name} onClick={() => select(bar.name)}
              title={`${exactTime(bar.start)} · ${t("waited")} ${span(bar.start - bar.ready)} · ${t("took")} ${span(bar.end - bar.start)}`}>
              <span class="line-name"><Mark state={bar.state} /><bdi class="text">{bar.name.slice(0, 200)}</bdi></span>
              <span class="track">
                {bar.start - bar.ready > 0 && <i class="waited" style={{ left: share(bar.ready), right: `calc(100% - ${share(bar.start)})` }} />}
                <i class={`ran ${toneOf(bar.state)}`} style={{ left: share(bar.start), right: `calc(100% - ${share(bar.end)})` }} />
              </span>
              <span class="line-took">{span(bar.end - bar.start)}{bar.attempts > 1 && <b> ×{bar.attempts}</b>}</span>
            </button>
          </li>
        ))}
      </ul>
      {bars.length > shown.length && <p class="soft">{t("moreTasks", { n: bars.length - shown.length })}</p>}
    </div>
  );
}

function barsOf(run: Run, before: Map<string, string[]>, now: number): Bar[] {
  const records = run.task_records ?? {};
  const bars: Bar[] = [];
  for (const [name, record] of Object.entries(records)) {
    const start = record.started_at;
    if (!start) continue;
    const ended = (before.get(name) ?? []).map((other) => own(records, other)?.ended_at ?? 0).filter((at) => at > 0 && at <= start);
    const ready = record.loops?.length ? start : ended.length > 0 ? Math.max(...ended) : Math.min(run.start_time ?? start, start);
    const end = record.ended_at ?? (record.state === "RUNNING" ? Math.max(now, start) : start);
    bars.push({ name, state: record.state, ready, start, end, attempts: record.attempts ?? 1 });
  }
  return bars.sort((a, b) => a.start - b.start || (a.name < b.name ? -1 : 1));
}
