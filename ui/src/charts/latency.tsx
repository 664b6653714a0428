// How slow: p50, p95 and p99 on a scale of decades, running apart from waiting, with the table.

import { figure } from "../parts/columns";
import type { Column } from "../parts/gridprops";
import { GroupLink } from "../parts/links";
import { Rows } from "../parts/rows";
import type { Group, Latency } from "../records/records";
import { duration } from "../words/figures";

const LEFT = 1e-4;

export function Latencies({ groups, staged }: { groups: Group[]; staged: boolean }) {
  const top = Math.max(
    1,
    ...groups.flatMap((group) => [group.running_time.p99 ?? 0, group.waiting_time.p99 ?? 0]),
  );
  return (
    <div class="latency">
      <Rows
        label="Latencies by group"
        columns={staged ? STAGED : TYPED}
        rows={groups}
        keyOf={(group) => group.name}
        order="latency"
      />
      <div>
        <ul class="bars" aria-hidden="true">
          {groups.slice(0, 14).map((group) => (
            <li key={group.name}>
              <span class="cut" title={group.name}>
                {group.name}
              </span>
              <svg viewBox="0 0 100 14" preserveAspectRatio="none">
                <Range latency={group.running_time} y={4} top={top} tone="fill-run" />
                <Range latency={group.waiting_time} y={10} top={top} tone="fill-calm" />
              </svg>
            </li>
          ))}
          <li>
            <span />
            <span class="row ends soft">
              <small>{duration(LEFT)}</small>
              <small>each tick a decade</small>
              <small>{duration(10 ** Math.ceil(Math.log10(top)))}</small>
            </span>
          </li>
        </ul>
        <div class="legend inside">
          <span>
            <i /> running
          </span>
          <span>
            <i class="tone-calm" /> waiting
          </span>
          <span>bar: p50 to p95, thin line: to p99</span>
        </div>
      </div>
    </div>
  );
}

function Range({
  latency,
  y,
  top,
  tone,
}: {
  latency: Latency;
  y: number;
  top: number;
  tone: string;
}) {
  const decades = Math.ceil(Math.log10(top)) - Math.log10(LEFT);
  const x = (seconds: number) =>
    Math.max(
      0,
      Math.min(100, (100 * (Math.log10(Math.max(seconds, LEFT)) - Math.log10(LEFT))) / decades),
    );
  const { p50, p95, p99 } = latency;
  if (p50 === null || p95 === null || p99 === null) return null;
  return (
    <g style={{ fill: `var(--${tone})` }}>
      {Array.from({ length: decades + 1 }, (_, tick) => (
        <rect
          key={tick}
          x={(100 * tick) / decades}
          y="0"
          width="0.15"
          height="14"
          style={{ fill: "var(--line)" }}
        />
      ))}
      <rect x={x(p50)} y={y - 2} width={Math.max(0.6, x(p95) - x(p50))} height="4" />
      <rect x={x(p95)} y={y - 0.5} width={Math.max(0.3, x(p99) - x(p95))} height="1" />
    </g>
  );
}

function quantile(
  key: "running_time" | "waiting_time",
  part: keyof Latency,
  title: string,
): Column<Group> {
  return figure(`${key}.${part}`, title, (group) => group[key][part], {
    width: 5.4,
    show: duration,
  });
}

const QUANTILES: Column<Group>[] = [
  quantile("running_time", "p50", "Run p50"),
  quantile("running_time", "p95", "p95"),
  quantile("running_time", "p99", "p99"),
  quantile("waiting_time", "p50", "Wait p50"),
  quantile("waiting_time", "p95", "p95"),
  quantile("waiting_time", "p99", "p99"),
];

function named(title: string): Column<Group> {
  return {
    key: "name",
    title,
    width: 9,
    value: (group) => group.name,
    cell: (group) => <GroupLink name={group.name} />,
  };
}

const STAGED = [named("Stage"), ...QUANTILES];
const TYPED = [named("Task type"), ...QUANTILES];
