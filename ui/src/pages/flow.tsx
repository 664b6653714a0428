// A source in full: its header, stages as a flow, lanes, failures, latencies, the way of one item.
import { Chart, ChartLegend } from "../charts/chart";
import { LaneLegend, Lanes, MOST_LANES } from "../charts/lanes";
import { Latencies } from "../charts/latency";
import { Badge } from "../parts/badge";
import { Empty, Head, Loading, Panel } from "../parts/panels";
import { RangeChoice, useRange } from "../parts/range";
import { Rows } from "../parts/rows";
import { SaveMenu } from "../parts/save";
import { Verbs } from "../parts/verbs";
import type { Frame } from "../records/records";
import { href } from "../state/address";
import { seriesOf } from "../state/series";
import { current, info, frame as shown } from "../state/sources";
import { count, duration, many, rate } from "../words/figures";
import { FailureList } from "./failures";
import { GROUPS } from "./groupcolumns";
import { HealthStrip, Trouble } from "./healthstrip";
import { ItemWay } from "./itemway";
import { Bottleneck, Stages } from "./stages";

export function FlowPage() {
  const frame = shown.value;
  const kind = info.value?.kind ?? "pipeline";
  if (!frame) return <Loading what={current.value} />;
  const staged = frame.groups.some((group) => group.order !== null);
  return (
    <>
      <Head
        title={current.value}
        tools={
          <>
            <Verbs
              kind="source"
              targets={[current.value]}
              without={[frame.health.state === "paused" ? "pause" : "resume"]}
            />
            <SaveMenu />
          </>
        }
      >
        <Badge state={frame.health.state} filled />
      </Head>
      <Trouble health={frame.health} />
      <Panel title={kind === "pipeline" ? "Run" : "Tasks"}>
        <HealthStrip frame={frame} kind={kind} />
      </Panel>
      {!frame.groups.length ? (
        <Panel title="Stages">
          <Empty icon="flow" title="Nothing ran yet">
            Stages and task types appear with the first task.
          </Empty>
        </Panel>
      ) : (
        <Full frame={frame} staged={staged} />
      )}
    </>
  );
}

function Full({ frame, staged }: { frame: Frame; staged: boolean }) {
  return (
    <>
      {staged ? (
        <Panel title="Stages" beside={<Bottleneck groups={frame.groups} />}>
          <Stages groups={frame.groups} totals={frame.totals} />
        </Panel>
      ) : (
        <Panel title="Task types" beside={frame.groups.length}>
          <Rows
            label="Task types"
            columns={GROUPS}
            rows={frame.groups}
            keyOf={(group) => group.name}
            sort="-rate_out"
            main
            tall
          />
        </Panel>
      )}
      <LanePanel frame={frame} />
      <Panel
        title="Failures"
        beside={frame.failures.length ? many(frame.failures.length, "group") : undefined}
        tools={<a href={href("/failures")}>All failures</a>}
      >
        <FailureList groups={frame.failures.slice(0, 5)} />
      </Panel>
      <Panel title="Latencies" beside="of the last hour, running apart from waiting">
        <Latencies groups={frame.groups} staged={staged} />
      </Panel>
      <OverTime frame={frame} />
      <ItemWay />
    </>
  );
}

function LanePanel({ frame }: { frame: Frame }) {
  const source = current.value;
  const crowd = frame.workers.length > MOST_LANES;
  return (
    <Panel
      title="Workers, the last minute"
      beside={
        crowd ? `${count(frame.workers.length)} workers: the fuller a cell, the busier` : undefined
      }
      tools={
        <>
          <LaneLegend />
          <a href={href("/workers")}>As a table</a>
        </>
      }
    >
      {frame.workers.length ? (
        <Lanes source={source} workers={frame.workers} />
      ) : (
        <Empty icon="workers" title="No workers" />
      )}
    </Panel>
  );
}

function OverTime({ frame }: { frame: Frame }) {
  const source = current.value;
  const seconds = useRange();
  const groups = [...frame.groups].sort((a, b) => b.rate_out - a.rate_out).slice(0, 5);
  const names = groups.map((group) => group.name).sort();
  const lines = names.map((name) => ({ key: `p95:${name}`, title: name }));
  return (
    <div class="columns wide">
      <Panel
        title="Throughput"
        beside={`${rate(frame.totals.throughput)} a second now`}
        tools={<RangeChoice />}
      >
        <Chart
          label={`Throughput over time, now ${rate(frame.totals.throughput)} a second`}
          series={() => seriesOf(source)}
          lines={[{ key: "throughput", title: "per second" }]}
          seconds={seconds}
          format={rate}
        />
      </Panel>
      <Panel title="p95 of running" tools={<ChartLegend lines={lines} />}>
        <Chart
          label="p95 of running over time; the table of latencies says how it is now"
          series={() => seriesOf(source)}
          lines={lines}
          seconds={seconds}
          format={(s) => duration(s)}
        />
      </Panel>
    </div>
  );
}
