// The columns of the tables of stages and task types.

import { Badge } from "../parts/badge";
import { Meter } from "../parts/figures";
import type { Column } from "../parts/grid";
import { GroupLink } from "../parts/links";
import { Verbs } from "../parts/verbs";
import type { Group } from "../records/records";
import { count, duration, percent, rate } from "../words/figures";

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

function figure(
  key: "running" | "queued" | "waiting" | "succeeded" | "failed" | "retried" | "stuck",
  title: string,
): Column<Group> {
  return {
    key,
    title,
    width: 6.3,
    number: true,
    value: (g) => g[key],
    cell: (g) => (
      <span class={g[key] ? { failed: "tone-bad", stuck: "tone-warn" }[key as string] : "soft"}>
        {count(g[key])}
      </span>
    ),
  };
}

function speed(key: "rate_in" | "rate_out", title: string): Column<Group> {
  return { key, title, width: 5, number: true, value: (g) => g[key], cell: (g) => rate(g[key]) };
}

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

const p95: Column<Group> = {
  key: "p95",
  title: "p95",
  width: 5.5,
  number: true,
  value: (g) => g.running_time.p95,
  cell: (g) => duration(g.running_time.p95),
};
const failing: Column<Group> = {
  key: "failure_ratio",
  title: "Failing",
  width: 5.2,
  number: true,
  value: (g) => g.failure_ratio,
  cell: (g) => (
    <span class={g.failure_ratio > 0.05 ? "tone-bad" : g.failure_ratio ? undefined : "soft"}>
      {percent(g.failure_ratio, 1)}
    </span>
  ),
};
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
  name,
  queue,
  figure("running", "Running"),
  speed("rate_out", "Out /s"),
  p95,
  failing,
];
export const GROUPS = [
  name,
  figure("queued", "Queued"),
  figure("running", "Running"),
  figure("waiting", "Waiting"),
  figure("succeeded", "Succeeded"),
  figure("failed", "Failed"),
  figure("retried", "Retried"),
  figure("stuck", "Stuck"),
  speed("rate_in", "In /s"),
  speed("rate_out", "Out /s"),
  p95,
  failing,
  controls,
];
