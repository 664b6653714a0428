// The columns of the tables of workers.

import { Badge } from "../parts/badge";
import { age, figure, text } from "../parts/columns";
import { Since } from "../parts/figures";
import type { Column } from "../parts/gridprops";
import { To, WorkerLink } from "../parts/links";
import type { WorkerView } from "../records/records";
import { coarse, count } from "../words/figures";

const name: Column<WorkerView> = {
  key: "name",
  title: "Worker",
  width: 14.5,
  narrow: 11.5,
  value: (w) => w.name,
  cell: (w) => <WorkerLink name={w.name} />,
};
const status: Column<WorkerView> = {
  key: "status",
  title: "Status",
  width: 6.4,
  value: (w) => w.status,
  cell: (w) => <Badge state={w.status} />,
};
const active: Column<WorkerView> = {
  key: "active",
  title: "Active",
  width: 4.8,
  number: true,
  value: activeOf,
  cell: (w) =>
    w.concurrency && w.concurrency > 1 ? (
      <>
        {activeOf(w)}
        <span class="soft"> / {w.concurrency}</span>
      </>
    ) : (
      count(activeOf(w))
    ),
};

/** A worker tells its number with each heartbeat; what runs is known sooner. */
function activeOf(worker: WorkerView): number {
  return Math.max(worker.active, worker.running.length);
}

/** Ids that a machine made say less than the type; ids that a person gave say more. */
function DoingLink({ id, name }: { id: string; name: string | null }) {
  const words = /^[0-9a-f-]{24,}$/.test(id) ? (name ?? id) : [id, name].filter(Boolean).join(" · ");
  return (
    <To path={`/task/${encodeURIComponent(id)}`} title={`${name ?? ""} ${id}`}>
      {words}
    </To>
  );
}

/** What it does now: its oldest running task and for how long. */
const doing: Column<WorkerView> = {
  key: "running",
  title: "Doing",
  width: 12,
  value: (w) => w.running[0]?.started ?? null,
  cell: (w) => {
    const task = w.running[0];
    if (!task) return <span class="soft">–</span>;
    return (
      <span class={task.stuck ? "row tone-warn" : "row"}>
        <span class="cut">
          <DoingLink id={task.id} name={task.name} />
        </span>
        <span class="soft nowrap">
          {task.waiting_for ? (
            <span title={`waits for ${task.waiting_for}`}>
              waits<span class="unless-narrow"> for {task.waiting_for}</span>
            </span>
          ) : (
            <Since at={task.started} />
          )}
          {task.stuck && " · stuck"}
          {activeOf(w) > 1 && ` +${activeOf(w) - 1}`}
        </span>
      </span>
    );
  },
};

type Counts = "processed" | "succeeded" | "failed" | "retried" | "missed";

function counted(key: Counts, title: string, width = 5.2): Column<WorkerView> {
  const tone = key === "failed" ? "bad" : undefined;
  return figure(key, title, (w) => w[key], { width, tone: (w) => !!w[key] && tone });
}

const load: Column<WorkerView> = {
  key: "load",
  title: "Load",
  width: 7.5,
  number: true,
  value: (w) => w.load?.[0] ?? null,
  cell: (w) =>
    w.load ? (
      w.load.map((one) => one.toFixed(one < 10 ? 1 : 0)).join("  ")
    ) : (
      <span class="soft">–</span>
    ),
};
const queues = text<WorkerView>("queues", "Queues", (w) => w.queues.join(", "), 7);
const seen = age<WorkerView>("last_seen", "Last seen", (w) => w.last_seen, 6.2);
const drift: Column<WorkerView> = {
  key: "drift",
  title: "Drift",
  width: 5,
  number: true,
  value: (w) => Math.abs(w.drift),
  cell: (w) =>
    Math.abs(w.drift) < 1 ? (
      <span class="soft">–</span>
    ) : (
      <span class="tone-warn">
        {w.drift > 0 ? "+" : "−"}
        {coarse(Math.abs(w.drift))}
      </span>
    ),
};
const group = text<WorkerView>("group", "Stage", (w) => w.group);
const pool = text<WorkerView>("pool", "Pool", (w) => w.pool, 5.8);
const version = text<WorkerView>("version", "Version", (w) => w.version);

const processed = counted("processed", "Processed", 6.5);
const failed = counted("failed", "Failed");
const succeeded = counted("succeeded", "Succeeded", 6.5);

/** For a cluster, in the order in which Flower's users look for them. */
export const CLUSTER_WORKERS = [
  name,
  status,
  active,
  processed,
  failed,
  succeeded,
  counted("retried", "Retried"),
  load,
  doing,
  queues,
  seen,
  drift,
  pool,
  counted("missed", "Missed"),
  version,
];
/** For a pipeline, where nobody counts what a worker tried again. */
export const LOCAL_WORKERS = [name, group, status, doing, processed, failed, succeeded, seen];

/** For the overview. A pipeline's worker does one thing at a time: that it is busy says it all. */
export const FLEET = {
  cluster: [short(name, 9.5), status, short(active, 4.8), short(doing, 11), failed],
  pipeline: [short(name, 9.5), status, short(doing, 14), failed],
};

function short(column: Column<WorkerView>, width: number): Column<WorkerView> {
  return { ...column, width, narrow: Math.min(width, 8) };
}
