// The columns of the overview's table of failures.

import { Bars } from "../charts/spark";
import { Ago } from "../parts/figures";
import type { Column } from "../parts/grid";
import { TaskLink, To } from "../parts/links";
import type { FailureGroup } from "../records/records";
import { count } from "../words/figures";

export const FAILURES_SHORT: Column<FailureGroup>[] = [
  {
    key: "exception",
    title: "Exception",
    width: 9,
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
    cell: (f) => <span title={f.group}>{f.group}</span>,
  },
  {
    key: "count",
    title: "Count",
    width: 4,
    number: true,
    value: (f) => f.count,
    cell: (f) => count(f.count),
  },
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
  {
    key: "last",
    title: "Newest",
    width: 6,
    number: true,
    value: (f) => f.last,
    cell: (f) => <Ago at={f.last} />,
  },
  { key: "newest", title: "Task", width: 6, cell: (f) => <TaskLink id={f.newest} room={9} /> },
];
