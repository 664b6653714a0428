// What each worker did in the last minute, from the frames and from what the server remembers.
import type { Frame, RunningTask, Span, Spans, WorkerView } from "../records/records";

export const LANE_SECONDS = 60;

const GAP = 5; // seconds without a frame, after which what was between is not known

/** A task in a worker's hands; `end` null: it still is. */
export interface Bar {
  id: string;
  name: string | null;
  start: number;
  end: number | null;
  stuck: boolean;
  waits: boolean;
  failed: boolean;
}

/** What is known of a worker: its bars, oldest first, and since when no bar means idle. */
export interface Lane {
  bars: Bar[];
  since: number;
}

interface Lanes {
  byWorker: Map<string, Lane>;
  at: number; // of the newest frame
}

const NOTHING: Lane = { bars: [], since: Number.POSITIVE_INFINITY };
const bySource = new Map<string, Lanes>();

function lanesOf(source: string): Lanes {
  let lanes = bySource.get(source);
  if (!lanes) {
    lanes = { byWorker: new Map(), at: 0 };
    bySource.set(source, lanes);
  }
  return lanes;
}

/** The lane of a worker. */
export function laneOf(source: string, worker: string): Lane {
  return bySource.get(source)?.byWorker.get(worker) ?? NOTHING;
}

/** Takes what a frame says of who is doing what. */
export function remember(source: string, frame: Frame): void {
  const lanes = lanesOf(source);
  const gap = frame.at - lanes.at > GAP;
  lanes.at = frame.at;
  for (const worker of frame.workers) {
    const lane = lanes.byWorker.get(worker.name) ?? { bars: [], since: frame.at };
    if (gap) lane.since = frame.at;
    rememberWorker(lane, worker, frame.at);
    lanes.byWorker.set(worker.name, lane);
  }
  if (lanes.byWorker.size > frame.workers.length) {
    const there = new Set(frame.workers.map((worker) => worker.name));
    for (const name of lanes.byWorker.keys()) if (!there.has(name)) lanes.byWorker.delete(name);
  }
}

function rememberWorker(lane: Lane, worker: WorkerView, at: number): void {
  const open = new Map<string, Bar>();
  for (const bar of lane.bars) if (bar.end === null) open.set(bar.id, bar);
  for (const task of worker.running) {
    const bar = open.get(task.id);
    if (bar && bar.waits === waits(task)) {
      open.delete(task.id);
      bar.stuck = task.stuck;
    } else {
      lane.bars.push(begun(lane.bars, task, at));
    }
  }
  for (const bar of open.values()) bar.end = at;
  lane.bars = recent(lane.bars, at);
}

/** Whether it is held up in the worker's hands, by a full queue or until its next attempt. */
const waits = (task: RunningTask) => task.waiting_for !== null;

function begun(bars: Bar[], task: RunningTask, at: number): Bar {
  const before = bars.findLast((bar) => bar.id === task.id);
  const first = task.started ?? at;
  return {
    id: task.id,
    name: task.name,
    start: before ? Math.max(first, before.end ?? at) : first,
    end: null,
    stuck: task.stuck,
    waits: waits(task),
    failed: false,
  };
}

function recent(bars: Bar[], at: number): Bar[] {
  const oldest = at - LANE_SECONDS - 5;
  if (bars.length < 400 && (bars[0]?.end ?? at) > oldest) return bars;
  return bars.filter((bar) => bar.end === null || bar.end > oldest).slice(-400);
}

/**
 * Since when something of the last minute is unknown; null where all of it is known.
 *
 * What the server was asked for at `asked` already, and did not know, is not worth another question.
 */
export function unknownSince(source: string, workers: string[], asked = 0): number | null {
  const oldest = lanesOf(source).at - LANE_SECONDS;
  const known = Math.max(oldest, asked);
  return workers.some((name) => laneOf(source, name).since > known) ? oldest : null;
}

/**
 * Fills in what ran and ended before the page was opened or between two frames, and how it ended.
 *
 * The server knows what ran, not what waited: where workers may have waited for room, no bar before
 * the first frame does not mean idle.
 */
export function recall(source: string, workers: string[], told: Spans, mayWait = false): void {
  const touched = new Set<Lane>();
  for (const span of told.spans) {
    const lane = lanesOf(source).byWorker.get(span.worker);
    if (lane && fillIn(lane.bars, span)) touched.add(lane);
  }
  for (const lane of touched) lane.bars.sort((a, b) => a.start - b.start);
  if (mayWait) return;
  for (const name of workers) {
    const lane = lanesOf(source).byWorker.get(name);
    if (lane && told.since < lane.since) lane.since = told.since;
  }
}

function fillIn(bars: Bar[], span: Span): boolean {
  const ofIt = bars.filter((bar) => bar.id === span.id);
  const known = ofIt.findLast((bar) => !bar.waits && overlap(bar, span));
  const latest = Math.max(span.ended, known?.end ?? 0);
  const wait = ofIt.findLast(
    (bar) => bar.waits && bar.start <= latest && (bar.end ?? Number.POSITIVE_INFINITY) > span.ended,
  );
  // what a frame saw waiting has waited since its attempt ended
  if (wait) wait.start = span.ended;
  if (known) {
    known.failed = span.failed;
    if (known.end === null || known.end > span.ended) known.end = span.ended;
    return false;
  }
  const { id, name, started, ended, failed } = span;
  bars.push({ id, name, start: started, end: ended, stuck: false, waits: false, failed });
  return true;
}

const overlap = (bar: Bar, span: Span) =>
  bar.start < span.ended + 0.001 && (bar.end ?? Number.POSITIVE_INFINITY) > span.started - 0.001;
