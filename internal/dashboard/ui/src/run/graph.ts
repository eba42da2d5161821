// From the gateway's tree of a flow to what is drawn: nodes, the ways between them, and levels inside of loops and cases.

import { show } from "../json";
import { t } from "../texts";
import type { Tree } from "../types";

export interface Node {
  id: number;
  kind: "task" | "loop" | "switch" | "join";
  name: string; // of a task; what a loop or switch says; all or any
  task?: string | undefined; // the declared task that it runs
  levels: Level[]; // of a loop: its body; of a switch: its cases
}

export interface Edge {
  from: Node;
  to: Node;
}

/** Where tasks with the same name are the same node: the statements of a flow, of a loop or of a case. */
export interface Level {
  label: string;
  nodes: Node[];
  edges: Edge[];
}

let numbers = 0;

export function levelOf(statements: Tree[], label = ""): Level {
  const level: Level = { label, nodes: [], edges: [] };
  const tasks = new Map<string, Node>();
  const drawn = new Set<string>();

  const add = (kind: Node["kind"], name: string, levels: Level[] = []): Node => {
    const node: Node = { id: ++numbers, kind, name, levels };
    level.nodes.push(node);
    return node;
  };
  const lead = (from: Node[], to: Node) => {
    for (const node of from) {
      const key = `${node.id}>${to.id}`;
      if (drawn.has(key)) continue;
      drawn.add(key);
      level.edges.push({ from: node, to });
    }
  };
  const join = (ways: Node[], name: string): Node[] => {
    if (ways.length < 2) return ways;
    const node = add("join", name);
    lead(ways, node);
    return [node];
  };
  const branches = (parts: Tree[], from: Node[], each: (ways: Node[]) => Node[]): Node[] => {
    const ends = new Set<Node>();
    for (const part of parts) for (const end of each(walk(part, from))) ends.add(end);
    return [...ends];
  };
  const walk = (part: Tree, from: Node[]): Node[] => {
    const children = part.children ?? [];
    switch (part.kind) {
      case "seq":
        for (const step of children) from = walk(step, entries(step) > 1 ? join(from, "all") : from);
        return from;
      case "all":
        return branches(children, from, (ways) => ways);
      case "any":
        return join(branches(children, from, (ways) => join(ways, "all")), "any");
      case "task": {
        const name = part.name ?? "";
        let node = tasks.get(name);
        if (!node) {
          node = add("task", name);
          node.task = part.task;
          tasks.set(name, node);
        }
        lead(from, node);
        return [node];
      }
      case "switch": {
        const node = add("switch", part.expr ?? "", children.map((c) => levelOf(c.children ?? [], c.default ? t("otherwise") : show(c.match))));
        lead(from, node);
        return [node];
      }
      default: {
        const node = add("loop", loopText(part), [levelOf(children)]);
        lead(from, node);
        return [node];
      }
    }
  };
  for (const statement of statements) walk(statement, []);
  return level;
}

/** How many nodes of a part follow on what is before it. */
function entries(part: Tree): number {
  const children = part.children ?? [];
  if (part.kind === "seq") return children[0] ? entries(children[0]) : 1;
  if (part.kind === "all" || part.kind === "any") return children.reduce((sum, child) => sum + entries(child), 0);
  return 1;
}

function loopText(loop: Tree): string {
  const expr = loop.expr ?? "";
  switch (loop.kind) {
    case "repeat": return t("loop.repeat", { expr });
    case "foreach": return t("loop.foreach", { expr, item: loop.item ? ` → ${loop.item}` : "" });
    case "until": return t("loop.until", { expr, max: loop.max_rounds ?? "" });
  }
  return loop.kind;
}

/** All tasks inside, with those before each in its level. */
export function tasksOf(level: Level): Map<string, string[]> {
  const before = new Map<string, string[]>();
  const collect = (l: Level, outside: string[]) => {
    for (const node of l.nodes) {
      const own = sources(l, node, new Set());
      const all = own.length > 0 ? own : outside;
      if (node.kind === "task") before.set(node.name, [...(before.get(node.name) ?? []), ...all]);
      node.levels.forEach((inner) => collect(inner, all));
    }
  };
  const sources = (l: Level, node: Node, seen: Set<Node>): string[] => {
    const names: string[] = [];
    for (const edge of l.edges) {
      if (edge.to !== node || seen.has(edge.from)) continue;
      seen.add(edge.from);
      if (edge.from.kind === "task") names.push(edge.from.name);
      else if (edge.from.kind === "join") names.push(...sources(l, edge.from, seen));
      else edge.from.levels.forEach((inner) => names.push(...tasksOf(inner).keys()));
    }
    return names;
  };
  collect(level, []);
  return before;
}
