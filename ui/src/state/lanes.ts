// What each worker did in the last minute, gathered from the frames: the lanes are drawn from it.
import type { Frame, RunningTask, TaskView, WorkerView } from "../records/records";

export const LANE_SECONDS = 60;

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

type Lanes = Map<string, Bar[]>;
const bySource = new Map<string, Lanes>();

/** The bars of a source by worker, oldest first. */
export function lanesOf(source: string): Lanes {
  let lanes = bySource.get(source);
  if (!lanes) {
    lanes = new Map();
    bySource.set(source, lanes);
  }
  return lanes;
}

/** Takes what a frame says of who is doing what. */
export function remember(source: string, frame: Frame): void {
  const lanes = lanesOf(source);
  for (const worker of frame.workers) rememberWorker(lanes, worker, frame.at);
  if (lanes.size > frame.workers.length) {
    const there = new Set(frame.workers.map((worker) => worker.name));
    for (const name of lanes.keys()) if (!there.has(name)) lanes.delete(name);
  }
}

function rememberWorker(lanes: Lanes, worker: WorkerView, at: number): void {
  const bars = lanes.get(worker.name) ?? [];
  const open = new Map<string, Bar>();
  for (const bar of bars) if (bar.end === null) open.set(bar.id, bar);
  for (const task of worker.running) {
    const bar = open.get(task.id);
    if (bar) {
      open.delete(task.id);
      bar.stuck = task.stuck;
      bar.waits = task.waiting_for !== null;
    } else {
      bars.push(begun(task, at));
    }
  }
  for (const bar of open.values()) bar.end = at;
  lanes.set(worker.name, recent(bars, at));
}

function begun(task: RunningTask, at: number): Bar {
  return {
    id: task.id,
    name: task.name,
    start: task.started ?? at,
    end: null,
    stuck: task.stuck,
    waits: task.waiting_for !== null,
    failed: false,
  };
}

function recent(bars: Bar[], at: number): Bar[] {
  const oldest = at - LANE_SECONDS - 5;
  if (bars.length < 400 && (bars[0]?.end ?? at) > oldest) return bars;
  return bars.filter((bar) => bar.end === null || bar.end > oldest).slice(-400);
}

/** Fills in what ended before the page was opened. */
export function recall(source: string, tasks: TaskView[]): void {
  const lanes = lanesOf(source);
  for (const task of tasks) {
    if (!task.worker || task.started === null || task.finished === null) continue;
    const bars = lanes.get(task.worker) ?? [];
    const failed = /fail/i.test(task.state);
    const known = bars.findLast((bar) => bar.id === task.id);
    if (known) {
      known.failed = failed;
      if (known.end === null || known.end > task.finished) known.end = task.finished;
      continue;
    }
    bars.unshift({
      id: task.id,
      name: task.name,
      start: task.started,
      end: task.finished,
      stuck: false,
      waits: false,
      failed,
    });
    bars.sort((a, b) => a.start - b.start);
    lanes.set(task.worker, bars);
  }
}
