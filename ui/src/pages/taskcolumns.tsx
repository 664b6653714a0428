// The columns that the table of tasks can have.

import { Badge } from "../parts/badge";
import { Moment } from "../parts/figures";
import type { Column } from "../parts/gridprops";
import { TaskLink, WorkerLink } from "../parts/links";
import type { TaskView } from "../records/records";
import { count, duration } from "../words/figures";
import { dotted } from "../words/text";

type Texts = "args" | "kwargs" | "result" | "exception" | "eta" | "expires" | "queue";
type Sent = "exchange" | "routing_key" | "client";

const CODE = ["args", "kwargs", "result"];

function said(key: Texts | Sent, title: string, width: number): Column<TaskView> {
  return {
    key,
    title,
    width,
    sorts: true,
    cell: (task) => {
      const shown = task[key];
      if (!shown) return <span class="soft">–</span>;
      return (
        <span class={key === "exception" ? "tone-bad" : undefined} title={shown}>
          {CODE.includes(key) ? <code>{shown}</code> : shown}
        </span>
      );
    },
  };
}

function time(key: "received" | "started" | "finished", title: string): Column<TaskView> {
  return {
    key,
    title,
    width: 6.2,
    number: true,
    sorts: true,
    cell: (task) => <Moment at={task[key]} />,
  };
}

export const TASK_COLUMNS: Column<TaskView>[] = [
  {
    key: "state",
    title: "State",
    width: 7.4,
    sorts: true,
    cell: (task) => (
      <span class="row">
        <Badge state={task.state} />
        {task.orphaned && <Badge state="orphaned" />}
        {task.stuck && <Badge state="stuck" />}
      </span>
    ),
  },
  {
    key: "name",
    title: "Name",
    width: 11,
    narrow: 7.4,
    sorts: true,
    cell: (task) => {
      const [before, last] = dotted(task.name ?? "–");
      return (
        <span class="dotted" title={task.name ?? ""}>
          <span class="cut soft">{before}</span>
          <span class="cut">{last}</span>
        </span>
      );
    },
  },
  {
    key: "id",
    title: "UUID",
    width: 12,
    narrow: 8.4,
    sorts: true,
    cell: (task) => <TaskLink id={task.id} />,
  },
  said("args", "Args", 9),
  said("kwargs", "Kwargs", 7),
  said("result", "Result", 9),
  time("received", "Received"),
  time("started", "Started"),
  time("finished", "Finished"),
  {
    key: "runtime",
    title: "Runtime",
    width: 5.6,
    number: true,
    sorts: true,
    cell: (task) => duration(task.runtime),
  },
  {
    key: "worker",
    title: "Worker",
    width: 9,
    sorts: true,
    cell: (task) => <WorkerLink name={task.worker} />,
  },
  said("exchange", "Exchange", 7),
  said("routing_key", "Routing key", 8),
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
  said("exception", "Exception", 14),
  said("expires", "Expires", 9),
  said("eta", "ETA", 9),
  said("queue", "Queue", 7),
  said("client", "Sender", 9),
];

/** The columns of those who chose none. Items of a pipeline carry no arguments and no result. */
export const USUAL = {
  cluster: "state name id args kwargs result received started runtime worker",
  pipeline: "state name id received started runtime worker retries exception",
};
