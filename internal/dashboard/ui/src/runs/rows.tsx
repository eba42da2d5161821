// The rows of the list: only those in sight are in the document, and each place is used again, so that thousands of changes
// a second change texts and make no elements.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Ago } from "../clock";
import { Badge, Empty, Tags, Text } from "../parts";
import { to } from "../route";
import { t } from "../texts";
import type { RunRow } from "../types";
import type { RunList } from "./model";
import { Scroll } from "./scroll";

const narrow = matchMedia("(max-width: 760px)");
const beyond = 6;

interface Props {
  list: RunList;
  selected: string;
  select: (id: string) => void;
  filtered: boolean;
}

export function Rows({ list, selected, select, filtered }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, rows: 22 }); // what is in sight, in rows
  const [isNarrow, setNarrow] = useState(narrow.matches);
  const height = isNarrow ? 68 : 36;
  const scroll = useMemo(() => new Scroll(height), [list, height]);

  useEffect(() => {
    const turn = () => setNarrow(narrow.matches);
    narrow.addEventListener("change", turn);
    return () => narrow.removeEventListener("change", turn);
  }, []);

  const look = () => {
    const element = box.current!;
    scroll.settle(element, list.size);
    setView({ top: scroll.top(element), rows: element.clientHeight / height });
    list.atTop = scroll.top(element) < 1;
  };
  useLayoutEffect(() => {
    const element = box.current!;
    const sized = new ResizeObserver(look);
    sized.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    element.scrollTop = 0;
    look();
    return () => {
      sized.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [scroll]);
  useLayoutEffect(look, [list.size]);

  useLayoutEffect(() => {
    const at = list.indexOf(selected);
    if (at < 0) return;
    scroll.reveal(box.current!, at, list.size);
    look();
  }, [selected]);

  const span = scroll.span(list.size);
  const end = scroll.skipped + span;
  const first = Math.min(end, Math.max(scroll.skipped, Math.floor(view.top) - beyond));
  const last = Math.min(end, Math.ceil(view.top + view.rows) + beyond);
  useEffect(() => list.want(first, last));

  const rows = [];
  for (let i = first; i < last; i++) {
    rows.push(<Row key={i % (last - first)} index={i} top={(i - scroll.skipped) * height} row={list.row(i)} selected={selected} select={select} />);
  }
  return (
    <div class="table">
      <div class="grid" role="table" aria-label={t("runs")} aria-rowcount={list.complete ? list.size + 1 : -1}>
        <div role="rowgroup" class="table-head">
          <div role="row" aria-rowindex={1}>
            {(["status", "flow", "runId", "tag", "worker", "error", "updated"] as const).map((name) => (
              <span role="columnheader" key={name} class={`c-${name}`}>{t(name)}</span>
            ))}
          </div>
        </div>
        <div role="rowgroup" class="rows" ref={box} tabIndex={0}>
          <div class="tall" style={{ height: `${span * height}px` }} role="presentation">{rows}</div>
        </div>
      </div>
      {list.ready && list.size === 0 && (
        <Empty>{filtered ? <>{t("noMatches")} <a href="#/runs">{t("clearFilters")}</a></> : <>{t("noRuns")} <a href="#/submit">{t("submit")}</a></>}</Empty>
      )}
      {list.waiting.size > 0 && !list.atTop && (
        <button type="button" class="pill" onClick={() => { box.current!.scrollTop = 0; list.atTop = true; void list.restart(); }}>
          ↑ {t("newer", { n: list.waiting.size.toLocaleString() })}
        </button>
      )}
    </div>
  );
}

function Row({ index, top, row, selected, select }: { index: number; top: number; row: RunRow | undefined; selected: string; select: (id: string) => void }) {
  const style = { transform: `translateY(${top}px)` };
  if (!row) return <div role="row" class="row" style={style} aria-rowindex={index + 2}><span role="cell" class="c-status soft">…</span></div>;
  return (
    <div role="row" class="row" data-run={row.run_id} data-status={row.status} aria-rowindex={index + 2} style={style}
      aria-current={row.run_id === selected ? "true" : undefined} onMouseDown={() => select(row.run_id)}>
      <span role="cell" class="c-status"><Badge state={row.status} /></span>
      <span role="cell" class="c-flow"><a href={to(["runs", row.run_id])}><Text value={row.flow_name} /></a></span>
      <span role="cell" class="c-runId"><code>{row.run_id}</code></span>
      <span role="cell" class="c-tag"><Tags tags={row.tag ? [row.tag] : []} /></span>
      <span role="cell" class="c-worker"><Text value={row.worker_id} /></span>
      <span role="cell" class="c-error"><Text value={row.error} class="bad" /></span>
      <span role="cell" class="c-updated"><Ago at={row.updated_at} /></span>
    </div>
  );
}
