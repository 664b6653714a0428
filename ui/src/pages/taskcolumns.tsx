// The columns that the table of tasks can have.

import { Badge } from "../parts/badge";
import { Moment } from "../parts/figures";
import type { Column } from "../parts/grid";
import { TaskLink, WorkerLink } from "../parts/links";
import type { TaskView } from "../records/records";
import { count, duration } from "../words/figures";
import { dotted } from "../words/text";

function text(
  key:
    | "args"
    | "kwargs"
    | "result"
    | "exception"
    | "eta"
    | "expires"
    | "queue"
    | "exchange"
    | "routing_key"
    | "client",
  title: string,
  width: number,
): Column<TaskView> {
  return {
    key,
    title,
    width,
    sorts: true,
    cell: (task) =>
      task[key] ? (
        <span class={key === "exception" ? "tone-bad" : undefined} title={task[key] ?? ""}>
          {["args", "kwargs", "result"].includes(key) ? <code>{task[key]}</code> : task[key]}
        </span>
      ) : (
        <span class="soft">–</span>
      ),
  };
}

function time(key: "received" | "started" | "finished", title: string): Column<TaskView> {
  return {
    key,
    title,
    width: 7.2,
    number: true,
    sorts: true,
    cell: (task) => <Moment at={task[key]} />,
  };
}

export const TASK_COLUMNS: Column<TaskView>[] = [
  {
    key: "name",
    title: "Name",
    width: 12,
    sorts: true,
    cell: (task) => {
      const [before, last] = dotted(task.name ?? "–");
      return (
        <span title={task.name ?? ""}>
          <span class="soft">{before}</span>
          {last}
        </span>
      );
    },
  },
  { key: "id", title: "UUID", width: 13, sorts: true, cell: (task) => <TaskLink id={task.id} /> },
  {
    key: "state",
    title: "State",
    width: 8,
    sorts: true,
    cell: (task) => (
      <span class="row">
        <Badge state={task.state} />
        {task.orphaned && <Badge state="orphaned" />}
        {task.stuck && <Badge state="stuck" />}
      </span>
    ),
  },
  text("args", "Args", 10),
  text("kwargs", "Kwargs", 11),
  text("result", "Result", 10),
  time("received", "Received"),
  time("started", "Started"),
  time("finished", "Finished"),
  {
    key: "runtime",
    title: "Runtime",
    width: 6,
    number: true,
    sorts: true,
    cell: (task) => duration(task.runtime),
  },
  {
    key: "worker",
    title: "Worker",
    width: 10,
    sorts: true,
    cell: (task) => <WorkerLink name={task.worker} />,
  },
  text("exchange", "Exchange", 7),
  text("routing_key", "Routing key", 8),
  {
    key: "retries",
    title: "Retries",
    width: 5,
    number: true,
    sorts: true,
    cell: (task) => <span class={task.retries ? undefined : "soft"}>{count(task.retries)}</span>,
  },
  {
    key: "revoked",
    title: "Revoked",
    width: 6,
    cell: (task) =>
      task.state === "REVOKED" || task.state === "cancelled" ? (
        <Moment at={task.finished} />
      ) : (
        <span class="soft">–</span>
      ),
  },
  text("exception", "Exception", 14),
  text("expires", "Expires", 9),
  text("eta", "ETA", 9),
  text("queue", "Queue", 7),
  text("client", "Sender", 9),
];

export const USUAL = [
  "name",
  "id",
  "state",
  "args",
  "kwargs",
  "result",
  "received",
  "started",
  "runtime",
  "worker",
];
