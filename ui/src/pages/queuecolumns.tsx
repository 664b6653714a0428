// The columns of the tables of queues.

import { Badge } from "../parts/badge";
import { figure } from "../parts/columns";
import { Meter, Since } from "../parts/figures";
import type { Column } from "../parts/gridprops";
import { quoted, To } from "../parts/links";
import { Verbs } from "../parts/verbs";
import type { QueueView } from "../records/records";
import { count, rate } from "../words/figures";

const name: Column<QueueView> = {
  key: "name",
  title: "Queue",
  width: 11,
  value: (q) => q.name,
  cell: (q) => (
    <span class="row">
      <To class="cut" path="/tasks" query={{ search: `queue=${quoted(q.name)}` }}>
        {q.name}
      </To>
      {q.paused && <Badge state="paused" />}
    </span>
  ),
};

const messages = figure<QueueView>("messages", "Messages", (q) => q.messages, { width: 8 });
const consumers = figure<QueueView>("consumers", "Consumers", (q) => q.consumers, {
  width: 6.8,
  tone: (q) => q.consumers === 0 && "bad",
});

const depth: Column<QueueView> = {
  ...messages,
  cell: (q) =>
    q.capacity ? (
      <span class="row">
        <span class="grow">
          <Meter
            share={(q.messages ?? 0) / q.capacity}
            label={`Depth of ${q.name}`}
            tone={(q.messages ?? 0) >= q.capacity ? "warn" : "run"}
          />
        </span>
        {count(q.messages)}
        <span class="soft">/ {count(q.capacity)}</span>
      </span>
    ) : (
      messages.cell(q)
    ),
};

function speed(key: "rate_in" | "rate_out", title: string): Column<QueueView> {
  return figure(key, title, (q) => q[key], { width: 5.5, show: rate });
}

const oldest: Column<QueueView> = {
  key: "oldest",
  title: "Oldest",
  width: 7,
  number: true,
  value: (q) => (q.oldest === null ? null : -q.oldest),
  cell: (q) =>
    q.oldest === null ? (
      <span class="soft">–</span>
    ) : (
      <>
        {q.oldest_at_least && "≥ "}
        <Since at={q.oldest} />
      </>
    ),
};
const controls: Column<QueueView> = {
  key: "controls",
  title: "Controls",
  width: 12,
  cell: (q) => (
    <span class="row">
      <Verbs kind="queue" targets={[q.name]} small without={[q.paused ? "pause" : "resume"]} />
    </span>
  ),
};

export const QUEUES_SHORT = [
  { ...name, narrow: 7 },
  depth,
  consumers,
  speed("rate_out", "Out /s"),
  oldest,
];
export const QUEUES = [
  name,
  depth,
  figure<QueueView>("ready", "Ready", (q) => q.ready),
  figure<QueueView>("unacked", "Unacked", (q) => q.unacked),
  consumers,
  speed("rate_in", "In /s"),
  speed("rate_out", "Out /s"),
  oldest,
  controls,
];
