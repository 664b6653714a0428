// A task with its ancestors and all that came of it, indented by depth.

import { Badge } from "../parts/badge";
import { TaskLink } from "../parts/links";
import type { TaskView } from "../records/records";
import { duration } from "../words/figures";

interface Placed {
  task: TaskView;
  depth: number;
}

export function TaskTree({ tree, here }: { tree: TaskView[]; here: string }) {
  return (
    <ul class="tree inside">
      {placed(tree).map(({ task, depth }) => (
        <li
          key={task.id}
          class={task.id === here ? "here" : undefined}
          style={{ paddingLeft: `${Math.min(depth, 12) * 1.4}rem` }}
        >
          {depth > 0 && (
            <span class="soft" aria-hidden="true">
              └
            </span>
          )}
          <span class="nowrap">{task.name ?? "–"}</span>
          <span class="cut">
            {task.id === here ? <span class="mono">{task.id}</span> : <TaskLink id={task.id} />}
          </span>
          <Badge state={task.state} />
          <span class="soft nowrap">{duration(task.runtime)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Children right under their parents. */
function placed(tree: TaskView[]): Placed[] {
  const known = new Set(tree.map((task) => task.id));
  const below = new Map<string | null, TaskView[]>();
  for (const task of tree) {
    const parent =
      task.parent_id && task.parent_id !== task.id && known.has(task.parent_id)
        ? task.parent_id
        : null;
    below.set(parent, [...(below.get(parent) ?? []), task]);
  }
  const result: Placed[] = [];
  const put = (task: TaskView, depth: number) => {
    if (result.length > tree.length) return;
    result.push({ task, depth });
    for (const child of below.get(task.id) ?? []) put(child, depth + 1);
  };
  for (const task of below.get(null) ?? []) put(task, 0);
  return result;
}
