// The tasks in a worker's hands, and those it holds for later.

import { Badge } from "../parts/badge";
import { text } from "../parts/columns";
import { Since } from "../parts/figures";
import type { Column } from "../parts/gridprops";
import { TaskLink } from "../parts/links";
import { Empty } from "../parts/panels";
import { Rows } from "../parts/rows";
import { Values } from "../parts/values";
import { Verbs } from "../parts/verbs";
import type { RunningTask, WorkerView } from "../records/records";

const COLUMNS: Column<RunningTask>[] = [
  {
    key: "id",
    title: "Task",
    width: 16,
    value: (task) => task.id,
    cell: (task) => <TaskLink id={task.id} />,
  },
  text("name", "Name", (task) => task.name, 10),
  {
    key: "state",
    title: "State",
    width: 7,
    cell: (task) => (
      <Badge
        state={task.stuck ? "stuck" : "busy"}
        word={task.waiting_for ? `waits for ${task.waiting_for}` : undefined}
      />
    ),
  },
  {
    key: "started",
    title: "For",
    width: 6,
    number: true,
    value: (task) => task.started,
    cell: (task) => <Since at={task.started} />,
  },
  {
    key: "controls",
    title: "Controls",
    width: 10,
    cell: (task) => (
      <span class="row">
        <Verbs kind="task" targets={[task.id]} small without={["retry"]} />
      </span>
    ),
  },
];

export function RunningTable({
  worker,
  sections,
}: {
  worker: WorkerView;
  sections: Record<string, unknown>;
}) {
  const later = {
    scheduled: sections.scheduled,
    reserved: sections.reserved,
    revoked: sections.revoked,
  };
  const held = Object.fromEntries(
    Object.entries(later).filter(([, list]) => Array.isArray(list) && list.length),
  );
  return (
    <>
      {worker.running.length ? (
        <Rows
          label="Running tasks"
          columns={COLUMNS}
          rows={worker.running}
          keyOf={(task) => task.id}
          order="running"
        />
      ) : (
        <Empty title="Nothing runs here now" />
      )}
      {Object.keys(held).length > 0 && <Values value={held} />}
    </>
  );
}
