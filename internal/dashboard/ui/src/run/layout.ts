// Places for a level's nodes, left to right: each in the column after the last of those before it, in an order with few
// crossings, and as near to its neighbours as the others let it (Sugiyama's method; places by isotonic regression).

import type { Edge, Level, Node } from "./graph";

export interface Box {
  node: Node;
  x: number;
  y: number;
  width: number;
  height: number;
  inner: Placed[]; // of a loop or switch, from its own corner
}

export interface Line {
  edge: Edge;
  path: string;
}

export interface Placed {
  level: Level;
  x: number;
  y: number;
  width: number;
  height: number;
  boxes: Box[];
  lines: Line[];
}

const gapX = 48;
const gapY = 14;
const lineGap = 10;
const pad = 12;
const head = 28;
/** How many places long lines may pass in a level; beyond, they go straight. */
const mostPasses = 20_000;

/** Something in a column: a box, or a place that a long line passes. */
interface Spot {
  box: Box | undefined;
  height: number;
  layer: number;
  y: number; // of its middle
  before: Spot[];
  after: Spot[];
}

export function place(level: Level): Placed {
  const boxes = level.nodes.map(boxOf);
  const spots = new Map<Node, Spot>(boxes.map((box) => [box.node, { box, height: box.height, layer: 0, y: 0, before: [], after: [] }]));
  rank(level, spots);
  const layers: Spot[][] = [];
  for (const spot of spots.values()) (layers[spot.layer] ??= []).push(spot);
  let passes = mostPasses;
  const ways = level.edges.map((edge) => {
    const [from, to] = [spots.get(edge.from)!, spots.get(edge.to)!];
    const span = to.layer - from.layer - 1;
    if (span > passes) return { edge, through: [from, to] };
    passes -= span;
    return { edge, through: thread(from, to, layers) };
  });
  for (let round = 0; round < 6; round++) order(layers, round % 2 === 0);
  settle(layers);
  const widths = layers.map((layer) => Math.max(8, ...layer.map((spot) => spot.box?.width ?? 0)));
  const starts: number[] = [];
  let x = 0;
  for (const width of widths) {
    starts.push(x);
    x += width + gapX;
  }
  const all = layers.flat();
  const top = Math.min(0, ...all.map((spot) => spot.y - spot.height / 2));
  for (const spot of all) {
    spot.y -= top;
    if (!spot.box) continue;
    spot.box.x = starts[spot.layer]! + (widths[spot.layer]! - spot.box.width) / 2;
    spot.box.y = spot.y - spot.height / 2;
  }
  const lines = ways.map(({ edge, through }) => ({ edge, path: draw(through, starts, widths) }));
  return {
    level, x: 0, y: 0, boxes, lines,
    width: Math.max(0, x - gapX),
    height: Math.max(0, ...all.map((spot) => spot.y + spot.height / 2)),
  };
}

function boxOf(node: Node): Box {
  const inner = node.levels.map(place);
  const box: Box = { node, x: 0, y: 0, width: 0, height: 0, inner };
  if (node.kind === "join") {
    box.width = node.name === "any" ? 40 : 12;
    box.height = node.name === "any" ? 24 : 12;
    return box;
  }
  if (node.kind === "task") {
    box.width = Math.min(230, Math.max(120, widthOf(node.name, 8) + 54));
    box.height = 44;
    return box;
  }
  let y = head + pad;
  const label = node.kind === "switch" ? Math.min(140, Math.max(0, ...node.levels.map((l) => widthOf(l.label, 6.6) + 20))) : 0;
  for (const body of inner) {
    body.x = pad + label + (node.kind === "switch" ? 14 : 0);
    body.y = y;
    y += Math.max(body.height, node.kind === "switch" ? 24 : 0) + pad;
    box.width = Math.max(box.width, body.x + body.width + pad);
  }
  box.width = Math.max(box.width, Math.min(260, widthOf(node.name, 6.6) + 44));
  box.height = Math.max(y, head + pad);
  return box;
}

/** About how wide a text will be: scripts of East Asia take two columns. */
function widthOf(text: string, column: number): number {
  let columns = 0;
  for (const c of text.slice(0, 80)) columns += c.codePointAt(0)! > 0x2e80 ? 1.8 : 1;
  return columns * column;
}

/** Each node goes one layer beyond the last of those before it. */
function rank(level: Level, spots: Map<Node, Spot>): void {
  const open = new Map<Node, number>();
  const after = new Map<Node, Node[]>();
  for (const node of level.nodes) open.set(node, 0);
  for (const { from, to } of level.edges) {
    open.set(to, open.get(to)! + 1);
    after.set(from, [...(after.get(from) ?? []), to]);
  }
  const ready = level.nodes.filter((node) => open.get(node) === 0);
  for (const node of ready) {
    for (const next of after.get(node) ?? []) {
      const spot = spots.get(next)!;
      spot.layer = Math.max(spot.layer, spots.get(node)!.layer + 1);
      open.set(next, open.get(next)! - 1);
      if (open.get(next) === 0) ready.push(next);
    }
  }
}

/** Leads a line through the layers between its ends. */
function thread(from: Spot, to: Spot, layers: Spot[][]): Spot[] {
  const through = [from];
  for (let layer = from.layer + 1; layer < to.layer; layer++) {
    const pass: Spot = { box: undefined, height: 2, layer, y: 0, before: [], after: [] };
    layers[layer]!.push(pass);
    through.push(pass);
  }
  through.push(to);
  for (let i = 1; i < through.length; i++) {
    through[i - 1]!.after.push(through[i]!);
    through[i]!.before.push(through[i - 1]!);
  }
  return through;
}

/** Sorts each layer by the middle of its neighbours' places in the one before. */
function order(layers: Spot[][], forward: boolean): void {
  for (let i = 1; i < layers.length; i++) {
    const layer = layers[forward ? i : layers.length - 1 - i]!;
    const beside = new Map(layers[forward ? i - 1 : layers.length - i]!.map((spot, at) => [spot, at]));
    const weight = new Map(layer.map((spot, at) => {
      const near = (forward ? spot.before : spot.after).map((s) => beside.get(s)!);
      return [spot, near.length > 0 ? near.reduce((a, b) => a + b, 0) / near.length : at];
    }));
    layer.sort((a, b) => weight.get(a)! - weight.get(b)!);
  }
}

function settle(layers: Spot[][]): void {
  for (const layer of layers) fit(layer, layer.map(() => 0));
  for (let round = 0; round < 8; round++) {
    const forward = round % 2 === 0;
    for (let i = 0; i < layers.length; i++) {
      const layer = layers[forward ? i : layers.length - 1 - i]!;
      fit(layer, layer.map((spot) => {
        const near = forward ? spot.before : spot.after;
        const beside = near.length > 0 ? near : forward ? spot.after : spot.before;
        return beside.length > 0 ? beside.reduce((sum, s) => sum + s.y, 0) / beside.length : spot.y;
      }));
    }
  }
}

/** Puts the spots of a layer as near to where they want to be as their order and sizes let them (pool adjacent violators). */
function fit(layer: Spot[], wanted: number[]): void {
  const offsets: number[] = [];
  let offset = 0;
  layer.forEach((spot, i) => {
    if (i > 0) {
      const above = layer[i - 1]!;
      offset += (above.height + spot.height) / 2 + (above.box && spot.box ? gapY : lineGap);
    }
    offsets.push(offset);
  });
  const pools: { sum: number; count: number }[] = [];
  wanted.forEach((y, i) => {
    let pool = { sum: y - offsets[i]!, count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.count > pool.sum / pool.count; last = pools.at(-1)) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  });
  let i = 0;
  for (const pool of pools) {
    for (let n = 0; n < pool.count; n++, i++) layer[i]!.y = pool.sum / pool.count + offsets[i]!;
  }
}

function draw(through: Spot[], starts: number[], widths: number[]): string {
  const from = through[0]!;
  let x = from.box!.x + from.box!.width;
  let path = `M${round(x)} ${round(from.y)}`;
  through.slice(1).forEach((spot, i) => {
    const left = spot.box ? spot.box.x : starts[spot.layer]!;
    const bend = Math.max(16, (left - x) / 2);
    const y0 = through[i]!.y;
    path += `C${round(x + bend)} ${round(y0)} ${round(left - bend)} ${round(spot.y)} ${round(left)} ${round(spot.y)}`;
    x = left;
    if (!spot.box) {
      x = starts[spot.layer]! + widths[spot.layer]!;
      path += `H${round(x)}`;
    }
  });
  return path;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
