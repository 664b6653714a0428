// The shapes of src/antflow/source. Times are Unix seconds, durations seconds.

export type WorkerStatus = "busy" | "idle" | "paused" | "offline";
export type SourceState =
  | "starting"
  | "running"
  | "paused"
  | "idle"
  | "finished"
  | "stale"
  | "disconnected";

export interface Health {
  state: SourceState;
  connected: boolean;
  reason: string | null;
  last_event: number | null;
  lag: number;
  received: number;
  lost: number;
  malformed: number;
  deaf: number;
  drift: Record<string, number>;
}

export interface Totals {
  fed: number;
  succeeded: number;
  failed: number;
  dropped: number;
  cancelled: number;
  in_flight: number;
  retried: number | null;
  expected: number | null;
  throughput: number;
  history: number[];
  eta: number | null;
  eta_low: number | null;
  eta_high: number | null;
  started: number | null;
}

export interface Latency {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface Group {
  name: string;
  order: number | null;
  queued: number;
  capacity: number | null;
  running: number;
  waiting: number;
  succeeded: number;
  failed: number;
  retried: number | null;
  busy: number | null;
  workers: number | null;
  rate_in: number | null;
  rate_out: number;
  running_time: Latency;
  waiting_time: Latency;
  failure_ratio: number;
  paused: boolean;
  bottleneck: string | null;
  stuck: number;
}

export interface RunningTask {
  id: string;
  name: string | null;
  started: number | null;
  stuck: boolean;
  waiting_for: string | null;
}

export interface WorkerView {
  name: string;
  status: WorkerStatus;
  group: string | null;
  pool: string | null;
  concurrency: number | null;
  active: number;
  running: RunningTask[];
  processed: number;
  succeeded: number;
  failed: number;
  retried: number | null;
  load: [number, number, number] | null;
  queues: string[];
  last_seen: number | null;
  drift: number;
  missed: number;
  version: string | null;
}

export interface WorkerDetail {
  worker: WorkerView;
  sections: Record<string, unknown>;
  asked: number | null;
  error: string | null;
}

export interface QueueView {
  name: string;
  messages: number | null;
  ready: number | null;
  unacked: number | null;
  capacity: number | null;
  consumers: number | null;
  rate_in: number | null;
  rate_out: number | null;
  oldest: number | null;
  oldest_at_least: boolean;
  paused: boolean;
}

export interface FailureGroup {
  exception: string;
  group: string;
  count: number;
  first: number;
  last: number;
  newest: string;
  message: string;
  traceback: string | null;
  trend: number[];
  tasks: string[];
}

export interface TaskView {
  id: string;
  name: string | null;
  state: string;
  worker: string | null;
  args: string | null;
  kwargs: string | null;
  result: string | null;
  exception: string | null;
  traceback: string | null;
  received: number | null;
  started: number | null;
  finished: number | null;
  eta: string | null;
  expires: string | null;
  runtime: number | null;
  retries: number;
  queue: string | null;
  exchange: string | null;
  routing_key: string | null;
  root_id: string | null;
  parent_id: string | null;
  client: string | null;
  orphaned: boolean;
  stuck: boolean;
  cut: boolean;
}

/** A task that a worker had in its hands. */
export interface Span {
  worker: string;
  id: string;
  name: string | null;
  started: number;
  ended: number;
  failed: boolean;
}

export interface Spans {
  since: number; // all that ended from then on is here
  spans: Span[];
}

export interface TaskPage {
  tasks: TaskView[];
  total: number;
  offset: number;
}

export interface Step {
  state: string;
  at: number;
  group: string | null;
  worker: string | null;
  detail: string | null;
}

export interface TaskDetail {
  task: TaskView;
  timeline: Step[];
  tree: TaskView[];
  raw: Record<string, unknown>[];
}

export interface ScheduleEntry {
  name: string;
  task: string;
  schedule: string;
  last_run: number | null;
  next_run: number | null;
  args: string;
  kwargs: string;
  queue: string | null;
  runs: number;
  last_state: string | null;
}

export interface Frame {
  source: string;
  at: number;
  health: Health;
  totals: Totals;
  groups: Group[];
  workers: WorkerView[];
  queues: QueueView[];
  failures: FailureGroup[];
  states: Record<string, number>;
}

export interface Answer {
  who: string;
  ok: boolean;
  message: string;
}
