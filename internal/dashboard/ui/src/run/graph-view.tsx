// The drawn graph, in the colours of what is going on.

import { memo } from "preact/compat";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { span } from "../clock";
import { own } from "../json";
import { Mark, toneOf } from "../parts";
import { stateText, t } from "../texts";
import type { Run, TaskRecord, Tree } from "../types";
import { levelOf, type Level, type Node } from "./graph";
import { type Box, type Line, place, type Placed } from "./layout";

interface Props {
  tree: Tree;
  run: Run | undefined;
  selected: string | null;
  select: (task: string) => void;
}

/** How small a graph may be drawn to fit; a larger one scrolls. */
const smallest = 0.72;

export function GraphView({ tree, run, selected, select }: Props) {
  const placed = useMemo(() => place(levelOf(tree.children ?? [])), [tree]);
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const sized = new ResizeObserver(([entry]) => setRoom(entry!.contentRect.width));
    if (box.current) sized.observe(box.current);
    return () => sized.disconnect();
  }, []);
  useEffect(() => {
    if (selected !== null) box.current?.querySelector("[aria-pressed=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [selected, room]);
  const zoom = room > 0 ? Math.max(smallest, Math.min(1, (room - 8) / placed.width)) : 1;
  return (
    <div class="graph-scroll" ref={box} tabIndex={0} role="group" aria-label={t("graph")}>
      <div class="graph" style={{ width: `${placed.width}px`, height: `${placed.height}px`, zoom: String(zoom) }}>
        <LevelView placed={placed} run={run} selected={selected} select={select} />
      </div>
    </div>
  );
}

interface LevelProps {
  placed: Placed;
  run: Run | undefined;
  selected: string | null;
  select: (task: string) => void;
}

function LevelView({ placed, run, selected, select }: LevelProps) {
  return (
    <>
      <svg class="lines" width={placed.width} height={placed.height} aria-hidden="true">
        {placed.lines.map((line, i) => <path key={i} class={lineTone(line, run)} d={line.path} />)}
      </svg>
      {placed.boxes.map((box) => <BoxView key={box.node.id} box={box} run={run} selected={selected} select={select} />)}
    </>
  );
}

function at(box: { x: number; y: number; width: number; height: number }) {
  return { left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` };
}

function BoxView({ box, run, selected, select }: { box: Box; run: Run | undefined; selected: string | null; select: (task: string) => void }) {
  const { node } = box;
  if (node.kind === "join") return <span class={`join ${node.name}`} style={at(box)} title={t(node.name === "any" ? "join.any" : "join.all")}>{node.name === "any" ? t("any") : ""}</span>;
  if (node.kind === "task") {
    return (
      <TaskBox x={box.x} y={box.y} width={box.width} height={box.height} name={node.name} task={node.task ?? ""} state={own(run?.tasks, node.name) ?? (run ? "PENDING" : "")}
        record={own(run?.task_records, node.name)} selected={selected === node.name} select={select} />
    );
  }
  const state = stateOf(node, run);
  return (
    <div class={`group ${node.kind} ${state ? toneOf(state) : ""} ${state}`} style={at(box)}>
      <span class="group-head">
        <GroupIcon kind={node.kind} />
        <bdi class="text" title={node.name.slice(0, 1000)}>{node.name.slice(0, 200)}</bdi>
        {node.kind === "loop" && <Round node={node} run={run} />}
      </span>
      {box.inner.map((inner, i) => (
        <CaseView key={i} inner={inner} kind={node.kind} run={run} selected={selected} select={select} width={box.width} />
      ))}
    </div>
  );
}

function CaseView({ inner, kind, run, selected, select, width }: { inner: Placed; kind: string; width: number } & Omit<LevelProps, "placed">) {
  const tasks = tasksIn(inner.level);
  const skipped = run && tasks.length > 0 && tasks.every((name) => own(run.tasks, name) === "SKIPPED");
  return (
    <>
      {kind === "switch" && (
        <span class={`case ${skipped ? "skipped" : ""}`} style={{ top: `${inner.y + Math.max(24, inner.height) / 2 - 11}px`, width: `${inner.x - 20}px` }}>
          <bdi class="text" title={inner.level.label.slice(0, 500)}>{inner.level.label.slice(0, 100)}</bdi>
        </span>
      )}
      <div class={`inner ${skipped ? "skipped" : ""}`} style={{ left: `${inner.x}px`, top: `${inner.y}px`, width: `${Math.min(inner.width, width)}px`, height: `${inner.height}px` }}>
        <LevelView placed={inner} run={run} selected={selected} select={select} />
      </div>
    </>
  );
}

interface TaskBoxProps {
  x: number; y: number; width: number; height: number;
  name: string;
  task: string;
  state: string;
  record: TaskRecord | undefined;
  selected: boolean;
  select: (task: string) => void;
}

const TaskBox = memo(({ name, task, state, record, selected, select, ...box }: TaskBoxProps) => {
  const tries = record?.attempts && record.attempts > 1 ? ` ×${record.attempts}` : "";
  const took = record?.duration_ms !== undefined && record.ended_at ? span(record.duration_ms / 1000) : "";
  return (
    <button type="button" class={`task ${state ? toneOf(state) : "off"} ${state}`} style={at(box)} data-task={name} data-state={state}
      aria-pressed={selected} onClick={() => select(name)} title={task && task !== name ? `${name.slice(0, 500)} · ${task.slice(0, 500)}` : name.slice(0, 1000)}>
      {state && <Mark state={state} />}
      <span class="task-text">
        <bdi class="text">{name.slice(0, 200)}</bdi>
        <small>{took && state === "SUCCEEDED" ? took : state ? stateText(state) + (took && ` · ${took}`) : task !== name ? <bdi>{task.slice(0, 100)}</bdi> : ""}{tries}</small>
      </span>
      {record?.progress && state === "RUNNING" && <progress max={1} value={record.progress.fraction} aria-label={t("progress")} />}
    </button>
  );
});

function GroupIcon({ kind }: { kind: string }) {
  return (
    <svg class="mark" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {kind === "loop" ? <path d="M3 8a5 5 0 0 1 8.5-3.5L13 6M13 2.8V6H9.8M13 8a5 5 0 0 1-8.5 3.5L3 10M3 13.2V10h3.2" /> : <path d="M2.5 8H6c2.5 0 2.5-4 5-4h2.500M6 8c2.500 0 2.500 4 5 4h2.500M6 8h7.500" />}
    </svg>
  );
}

/** The round of a loop that is going on, or that was the last. */
function Round({ node, run }: { node: Node; run: Run | undefined }) {
  let last: { iteration: number; count: number } | undefined;
  for (const name of node.levels.flatMap(tasksIn)) {
    for (const round of own(run?.task_records, name)?.loops ?? []) {
      if (!last || round.iteration > last.iteration) last = round;
    }
  }
  return last ? <span class="round">{t("round", { n: last.iteration, of: last.count })}</span> : null;
}

export function tasksIn(level: Level): string[] {
  return level.nodes.flatMap((node) => (node.kind === "task" ? [node.name] : node.levels.flatMap(tasksIn)));
}

/** The state of a node as a whole. */
function stateOf(node: Node, run: Run | undefined): string {
  if (!run) return "";
  if (node.kind === "task") return own(run.tasks, node.name) ?? "PENDING";
  const states = node.levels.flatMap(tasksIn).map((name) => own(run.tasks, name) ?? "PENDING");
  for (const state of ["FAILED", "RUNNING", "CANCELLED", "PENDING"]) if (states.includes(state)) return state === "PENDING" && states.includes("SUCCEEDED") ? "RUNNING" : state;
  return states.includes("SUCCEEDED") ? "SUCCEEDED" : states.length > 0 ? "SKIPPED" : "";
}

function lineTone(line: Line, run: Run | undefined): string {
  if (!run) return "";
  const from = line.edge.from.kind === "join" ? "SUCCEEDED" : stateOf(line.edge.from, run);
  const to = line.edge.to.kind === "join" ? "SUCCEEDED" : stateOf(line.edge.to, run);
  if (to === "SKIPPED" || from === "SKIPPED") return "skipped";
  if (from !== "SUCCEEDED") return "";
  return to === "RUNNING" ? "live" : to === "PENDING" ? "" : "good";
}
