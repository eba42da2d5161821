// The gateway's JSON, as far as the page reads it: openapi.yaml describes it.

export type Seconds = number;

export interface RunRow {
  run_id: string;
  flow_name: string;
  tag?: string;
  tags?: string[];
  tenant_id?: string;
  api_key_id?: string;
  status: string;
  schedule_id?: string;
  updated_at?: Seconds;
  heartbeat_at?: Seconds;
  worker_id?: string;
  error?: string;
}

export interface LoopRound {
  name: string;
  type: string;
  index: number;
  iteration: number;
  count: number;
  item?: unknown;
}

export interface TaskRecord {
  state: string;
  started_at?: Seconds;
  ended_at?: Seconds;
  duration_ms?: number;
  error?: string;
  traceback?: string;
  inputs?: unknown;
  output?: unknown;
  artifacts?: unknown;
  loops?: LoopRound[];
  progress?: { fraction: number; note?: string };
  attempts?: number;
  [other: string]: unknown;
}

export interface Run extends RunRow {
  params?: unknown;
  tasks?: Record<string, string>;
  task_records?: Record<string, TaskRecord>;
  task_records_truncated?: boolean;
  params_truncated?: boolean;
  start_time?: Seconds;
  end_time?: Seconds;
  workflow_yaml_sha256?: string;
  flow_text_sha256?: string;
  cancel_requested_at?: Seconds;
  cancel_requested_by?: string;
  attempt?: number;
  rerun_of?: string;
  parent_run_id?: string;
  root_run_id?: string;
  child_run_ids?: string[];
  pending_reason?: string;
  queue_position?: number;
  worker_alive?: boolean;
  worker_state?: string;
}

export interface Tree {
  kind: string;
  name?: string;
  task?: string;
  expr?: string;
  item?: string;
  index?: string;
  max_rounds?: number;
  collect?: string;
  match?: unknown;
  default?: boolean;
  children?: Tree[];
}

export interface RunFlow {
  run_id: string;
  flow_name: string;
  kind: string;
  sha256: string;
  text: string;
  graph: Tree | null;
}

export interface CheckedFlow {
  flow_name: string;
  tasks: string[];
  params: Record<string, unknown>;
  warnings: string[];
  graph: Tree;
}

export interface WheelSync {
  enabled?: boolean;
  last_result?: string;
  last_error?: string;
  last_success_at?: Seconds;
  installed_wheels?: { wheel_name?: string; package_name?: string; package_version?: string }[];
  skipped_incompatible?: { wheel_name?: string; reason?: string }[];
}

export interface Worker {
  worker_id: string;
  instance_id?: string;
  state: string;
  hidden: boolean;
  tags: string[] | null;
  last_seen_at?: Seconds;
  current_run_id?: string;
  current_run_ids?: string[] | null;
  concurrency?: number;
  last_run_id?: string;
  last_run_status?: string;
  last_run_finished_at?: Seconds;
  stopped_at?: Seconds;
  wheel_sync?: WheelSync;
  recent_runs?: RunRow[];
}

export interface DeadLetter {
  seq: number;
  timestamp: Seconds;
  reason: string;
  error: string;
  run_id?: string;
  flow_name?: string;
  tag?: string;
  worker_id?: string;
  num_delivered?: number;
  subject?: string;
  payload?: string;
}

export interface Wheel {
  name: string;
  size_bytes: number;
  sha256_b64?: string;
  sha256_hex?: string;
  mtime?: string;
  tags?: string[] | null;
}

export interface WheelEvent {
  event_id: string;
  occurred_at: Seconds | string;
  action: string;
  wheel_name: string;
  tags?: string[] | null;
  size_bytes?: number;
  actor?: { tenant_id?: string | null; api_key_id?: string | null } | null;
}

export interface Minute {
  at: Seconds;
  completed: number;
  failed: number;
  cancelled: number;
  started: number;
  wait_p50: number | null;
  wait_p95: number | null;
}

export interface Overview {
  ts: Seconds;
  runs: Record<string, number>;
  workers: Record<string, number>;
  dead_letters: number | null;
  minutes: Minute[];
  queues: { tag: string; waiting: number; running: number; workers: number; free: number }[];
}

export interface Self {
  auth: string;
  key_id?: string;
  tenant_id?: string;
  scopes: string[];
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
