// The columns of the tables of stages and task types.

import { Badge } from "../parts/badge";
import { figure } from "../parts/columns";
import { Meter } from "../parts/figures";
import type { Column } from "../parts/gridprops";
import { GroupLink } from "../parts/links";
import { Verbs } from "../parts/verbs";
import type { Group } from "../records/records";
import { count, duration, percent, rate } from "../words/figures";
import type { Tone } from "../words/states";

const name: Column<Group> = {
  key: "name",
  title: "Name",
  width: 11,
  value: (g) => g.name,
  cell: (g) => (
    <span class="row">
      <span class="cut">
        <GroupLink name={g.name} />
      </span>
      {g.paused && <Badge state="paused" />}
    </span>
  ),
};

type Counts = "running" | "waiting" | "succeeded" | "failed" | "retried" | "stuck";
const TONES: Record<string, Tone> = { failed: "bad", stuck: "warn" };

function counted(key: Counts | "queued", title: string, width = 6): Column<Group> {
  return figure(key, title, (g) => g[key], { width, tone: (g) => !!g[key] && TONES[key] });
}

const out = figure<Group>("rate_out", "Out /s", (g) => g.rate_out, { width: 5, show: rate });

const queue: Column<Group> = {
  key: "queued",
  title: "Queued",
  width: 7,
  number: true,
  value: (g) => g.queued,
  cell: (g) =>
    g.capacity ? (
      <span class="row">
        <span class="grow">
          <Meter
            share={g.queued / g.capacity}
            label={`Queue of ${g.name}`}
            tone={g.queued >= g.capacity ? "warn" : "run"}
          />
        </span>
        {count(g.queued)}
      </span>
    ) : (
      count(g.queued)
    ),
};

const p95 = figure<Group>("p95", "p95", (g) => g.running_time.p95, { width: 5.2, show: duration });
const failing = figure<Group>("failure_ratio", "Failing", (g) => g.failure_ratio, {
  width: 5.2,
  show: (share) => percent(share, 1),
  tone: (g) => g.failure_ratio > 0.05 && "bad",
});
const controls: Column<Group> = {
  key: "controls",
  title: "Controls",
  width: 13,
  cell: (g) => (
    <span class="row">
      <Verbs
        kind="group"
        targets={[g.name]}
        small
        without={[g.paused ? "pause" : "resume", "apply"]}
      />
    </span>
  ),
};

export const GROUPS_SHORT = [
  { ...name, narrow: 7 },
  { ...queue, narrow: 6 },
  counted("running", "Running", 5.3),
  out,
  p95,
  failing,
];
/** For task types; nobody counts what comes in of each. */
export const GROUPS = [
  name,
  counted("queued", "Queued"),
  counted("running", "Running"),
  counted("waiting", "Waiting"),
  counted("succeeded", "Succeeded"),
  counted("failed", "Failed"),
  counted("retried", "Retried"),
  counted("stuck", "Stuck"),
  out,
  p95,
  failing,
  controls,
];
/** For the queues before the stages of a pipeline. */
export const STAGE_QUEUES = [
  { ...name, title: "Before", narrow: 6.5 },
  { ...queue, title: "Items", width: 9, narrow: 7 },
  figure<Group>("capacity", "Room for", (g) => g.capacity),
  counted("waiting", "To retry"),
  figure<Group>("workers", "Workers", (g) => g.workers),
  figure<Group>("rate_in", "In /s", (g) => g.rate_in, { width: 5.5, show: rate }),
  { ...out, width: 5.5 },
  figure<Group>("wait50", "Wait p50", (g) => g.waiting_time.p50, { show: duration }),
  figure<Group>("wait95", "Wait p95", (g) => g.waiting_time.p95, { show: duration }),
  controls,
];
