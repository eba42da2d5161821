// Small charts of an hour by the minute. Each is also there as a table, for those who can't see it.

import type { ComponentChildren } from "preact";
import type { Seconds } from "../types";
import { clockTime } from "../clock";
import { t } from "../texts";

export interface Series {
  name: string;
  tone: string;
  values: (number | null)[];
}

interface Props {
  title: string;
  at: Seconds[];
  series: Series[];
  show: (value: number) => string;
  note?: string;
}

const width = 600;
const height = 120;

/** A round number at or above the highest value. */
function topOf(highest: number): number {
  if (highest <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((n) => n * unit).find((n) => n >= highest)!;
}

function Frame({ title, at, series, show, note, top, children }: Props & { top: number; children: ComponentChildren }) {
  return (
    <figure class="chart panel">
      <figcaption>
        <h2>{title}</h2>
        <span class="legend">{series.map((s) => <span key={s.name} class={s.tone}><i aria-hidden="true" />{s.name}</span>)}</span>
      </figcaption>
      <div class="plot">
        <span class="top-value" aria-hidden="true">{show(top)}</span>
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${title}. ${summary(series, show)}`}>
          <path class="grid" d={`M0 .5H${width}M0 ${height / 2}H${width}M0 ${height - 0.5}H${width}`} />
          {children}
        </svg>
      </div>
      <div class="axis-x" aria-hidden="true">
        {[0, 15, 30, 45, 59].map((i) => <span key={i}>{at[i] !== undefined && clockTime(at[i]!).replace(/:\d\d$/, "")}</span>)}
      </div>
      {note && <p class="soft">{note}</p>}
      <details>
        <summary>{t("showTable")}</summary>
        <div class="scroll-x" tabIndex={0} role="group" aria-label={title}>
          <table>
            <thead><tr><th scope="col">{t("minute")}</th>{series.map((s) => <th scope="col" key={s.name} class="num">{s.name}</th>)}</tr></thead>
            <tbody>
              {at.map((minute, i) => series.some((s) => s.values[i]) && (
                <tr key={minute}><th scope="row">{clockTime(minute)}</th>{series.map((s) => <td key={s.name} class="num">{s.values[i] === null ? "–" : show(s.values[i]!)}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

function summary(series: Series[], show: (value: number) => string): string {
  return series.map((s) => {
    const known = s.values.filter((v): v is number => v !== null);
    return `${s.name}: ${known.length > 0 ? `${show(Math.min(...known))} – ${show(Math.max(...known))}` : "–"}`;
  }).join("; ");
}

/** Bars upon each other. */
export function Bars(props: Props) {
  const { series, at } = props;
  const top = topOf(Math.max(0, ...at.map((_, i) => series.reduce((sum, s) => sum + (s.values[i] ?? 0), 0))));
  const step = width / at.length;
  return (
    <Frame {...props} top={top}>
      {at.map((minute, i) => {
        let y = height;
        return series.map((s) => {
          const h = ((s.values[i] ?? 0) / top) * height;
          y -= h;
          return h > 0 && <rect key={`${minute} ${s.name}`} class={s.tone} x={i * step + 1} y={y} width={step - 2} height={h} />;
        });
      })}
    </Frame>
  );
}

/** Lines, with gaps where nothing is known. */
export function Lines(props: Props) {
  const { series, at } = props;
  const top = topOf(Math.max(0, ...series.flatMap((s) => s.values.map((v) => v ?? 0))));
  const x = (i: number) => ((i + 0.5) * width) / at.length;
  const y = (v: number) => height - 2 - (v / top) * (height - 6);
  return (
    <Frame {...props} top={top}>
      {series.map((s) => (
        <g key={s.name} class={s.tone}>
          <path class="curve" d={s.values.map((v, i) => (v === null ? "" : `${i === 0 || s.values[i - 1] == null ? "M" : "L"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`)).join("")} />
          {s.values.map((v, i) => v !== null && s.values[i - 1] == null && s.values[i + 1] == null && <rect key={i} x={x(i) - 3} y={y(v) - 1.5} width="6" height="3" />)}
        </g>
      ))}
    </Frame>
  );
}
