// The columns of the tables of workers.

import { Badge } from "../parts/badge";
import { Ago, Since } from "../parts/figures";
import type { Column } from "../parts/grid";
import { To, WorkerLink } from "../parts/links";
import type { WorkerView } from "../records/records";
import { coarse, count } from "../words/figures";

type Of<T> = Column<T>;

const name: Of<WorkerView> = {
  key: "name",
  title: "Worker",
  width: 13,
  value: (w) => w.name,
  cell: (w) => <WorkerLink name={w.name} />,
};
const status: Of<WorkerView> = {
  key: "status",
  title: "Status",
  width: 6.5,
  value: (w) => w.status,
  cell: (w) => <Badge state={w.status} />,
};
const active: Of<WorkerView> = {
  key: "active",
  title: "Active",
  width: 5.5,
  number: true,
  value: (w) => w.active,
  cell: (w) =>
    w.concurrency && w.concurrency > 1 ? (
      <>
        {w.active}
        <span class="soft"> / {w.concurrency}</span>
      </>
    ) : (
      count(w.active)
    ),
};

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
const doing: Of<WorkerView> = {
  key: "running",
  title: "Doing",
  width: 14,
  value: (w) => w.running[0]?.started ?? null,
  cell: (w) => {
    const task = w.running[0];
    if (!task) return <span class="soft">–</span>;
    return (
      <span class={task.stuck ? "tone-warn" : undefined}>
        <DoingLink id={task.id} name={task.name} />{" "}
        <span class="soft">
          {task.waiting_for ? `waits for ${task.waiting_for}` : <Since at={task.started} />}
        </span>
        {task.stuck && " · stuck"}
        {w.active > 1 && <span class="soft"> +{w.active - 1}</span>}
      </span>
    );
  },
};

function figure(
  key: "processed" | "succeeded" | "failed" | "retried" | "missed",
  title: string,
): Of<WorkerView> {
  return {
    key,
    title,
    width: 6.4,
    number: true,
    value: (w) => w[key],
    cell: (w) => (
      <span class={key === "failed" && w.failed ? "tone-bad" : w[key] ? undefined : "soft"}>
        {count(w[key])}
      </span>
    ),
  };
}

const load: Of<WorkerView> = {
  key: "load",
  title: "Load",
  width: 8.5,
  number: true,
  value: (w) => w.load?.[0] ?? null,
  cell: (w) =>
    w.load ? w.load.map((one) => one.toFixed(1)).join("  ") : <span class="soft">–</span>,
};
const queues: Of<WorkerView> = {
  key: "queues",
  title: "Queues",
  width: 9,
  value: (w) => w.queues.join(" "),
  cell: (w) => <span title={w.queues.join(", ")}>{w.queues.join(", ") || "–"}</span>,
};
const seen: Of<WorkerView> = {
  key: "last_seen",
  title: "Last seen",
  width: 7,
  number: true,
  value: (w) => w.last_seen,
  cell: (w) => <Ago at={w.last_seen} />,
};
const drift: Of<WorkerView> = {
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
const group: Of<WorkerView> = {
  key: "group",
  title: "Stage",
  width: 8,
  value: (w) => w.group,
  cell: (w) => w.group ?? "–",
};
const pool: Of<WorkerView> = {
  key: "pool",
  title: "Pool",
  width: 6.5,
  value: (w) => w.pool,
  cell: (w) => w.pool ?? "–",
};
const version: Of<WorkerView> = {
  key: "version",
  title: "Version",
  width: 8,
  value: (w) => w.version,
  cell: (w) => w.version ?? "–",
};

const counts = [
  figure("processed", "Processed"),
  figure("failed", "Failed"),
  figure("succeeded", "Succeeded"),
  figure("retried", "Retried"),
];

/** For a cluster, in the order in which Flower's users look for them. */
export const CLUSTER_WORKERS = [
  name,
  status,
  active,
  ...counts,
  load,
  doing,
  queues,
  pool,
  seen,
  drift,
  figure("missed", "Missed"),
  version,
];
/** For a pipeline. */
export const LOCAL_WORKERS = [name, group, status, doing, ...counts, seen];
/** For the overview. */
export const FLEET = [
  { ...name, width: 9.5 },
  { ...status, width: 5.5 },
  { ...active, width: 4.5 },
  { ...doing, width: 11 },
  figure("failed", "Failed"),
];
