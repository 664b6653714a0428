// The columns of the overview's table of failures.

import { Bars } from "../charts/spark";
import { age, figure } from "../parts/columns";
import type { Column } from "../parts/gridprops";
import { GroupLink, TaskLink, To } from "../parts/links";
import type { FailureGroup } from "../records/records";

export const FAILURES_SHORT: Column<FailureGroup>[] = [
  {
    key: "exception",
    title: "Exception",
    width: 8.5,
    value: (f) => f.exception,
    cell: (f) => (
      <To
        class="tone-bad"
        path="/failures"
        query={{ open: `${f.exception} in ${f.group}` }}
        title={f.message}
      >
        {f.exception}
      </To>
    ),
  },
  {
    key: "group",
    title: "Where",
    width: 8,
    value: (f) => f.group,
    cell: (f) => <GroupLink name={f.group} />,
  },
  figure("count", "Count", (f) => f.count, { width: 4.4 }),
  {
    key: "trend",
    title: "Last hour",
    width: 7,
    cell: (f) => (
      <Bars
        values={f.trend}
        width={84}
        height={18}
        label={`${f.exception} per minute over the last hour`}
      />
    ),
  },
  age("last", "Newest", (f) => f.last, 7.6),
  { key: "newest", title: "Task", width: 6.6, cell: (f) => <TaskLink id={f.newest} room={9} /> },
];
