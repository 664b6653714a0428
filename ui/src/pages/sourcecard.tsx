// One source on the overview: its health strip, then its workers, queues and failures.

import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { base } from "../data/client";
import { Badge } from "../parts/badge";
import type { Column } from "../parts/gridprops";
import { OfSource } from "../parts/links";
import { Empty, Loading, Panel } from "../parts/panels";
import { Rows } from "../parts/rows";
import type { SourceInfo } from "../records/api";
import type { Frame } from "../records/records";
import { many } from "../words/figures";
import { FAILURES_SHORT } from "./failurecolumns";
import { GROUPS_SHORT } from "./groupcolumns";
import { HealthStrip, Trouble } from "./healthstrip";
import { QUEUES_SHORT } from "./queuecolumns";
import { Bottleneck } from "./stages";
import { FLEET } from "./workercolumns";

interface CardProps {
  info: SourceInfo;
  frame: Frame | null;
  alone: boolean;
}

export function SourceCard({ info, frame, alone }: CardProps) {
  const to = (path: string) => `${base}${path}?source=${encodeURIComponent(info.name)}`;
  const own = `${base}pipelines/${encodeURIComponent(info.name)}`;
  const title = (
    <span class="row">
      <a href={own}>{info.name}</a>
      {frame && <Badge state={frame.health.state} filled />}
    </span>
  );
  return (
    <OfSource.Provider value={info.name}>
      <Panel title={title} beside={info.kind === "pipeline" ? "pipeline" : "Celery cluster"}>
        {frame ? <HealthStrip frame={frame} kind={info.kind} /> : <Loading what={info.name} />}
      </Panel>
      {frame && <Trouble health={frame.health} />}
      {frame && !isEmpty(frame) && (
        <Tables frame={frame} info={info} to={to} own={own} alone={alone} />
      )}
      {frame && isEmpty(frame) && frame.health.connected && (
        <Panel title={info.kind === "pipeline" ? "Stages" : "Fleet"}>
          <Empty icon="workers" title="No workers yet">
            They appear here by themselves as soon as they give a sign.
          </Empty>
        </Panel>
      )}
    </OfSource.Provider>
  );
}

function isEmpty(frame: Frame): boolean {
  return !frame.workers.length && !frame.groups.length && !frame.queues.length;
}

interface TablesProps extends Omit<CardProps, "frame"> {
  frame: Frame;
  to: (path: string) => string;
  own: string;
}

function Tables({ frame, info, to, own, alone }: TablesProps) {
  const local = info.kind === "pipeline";
  const most = alone ? 20 : 8;
  const failures = frame.failures.filter((group) => group.last > frame.at - 3600);
  const busiest = [...frame.workers].sort((a, b) => trouble(b) - trouble(a));
  return (
    <div class="columns wide">
      <div class="stack">
        <Short
          title={local ? "Stages" : "Task types"}
          beside={local ? <Bottleneck groups={frame.groups} /> : frame.groups.length}
          more={["All figures", own]}
          columns={GROUPS_SHORT}
          rows={frame.groups.slice(0, most)}
          order="groups"
        />
        <Short
          title="Failures of the last hour"
          beside={failures.length ? many(failures.length, "group") : undefined}
          more={["All failures", to("failures")]}
          columns={FAILURES_SHORT}
          rows={failures.slice(0, most)}
          keyOf={(row) => `${row.exception} ${row.group}`}
          order="failures"
          none={<Empty title="Nothing failed">in the last hour</Empty>}
        />
      </div>
      <div class="stack">
        <Short
          title="Fleet"
          beside={fleet(frame)}
          more={["All workers", to("workers")]}
          columns={FLEET[info.kind]}
          rows={busiest.slice(0, most)}
          order="fleet"
        />
        {frame.queues.length > 0 && (
          <Short
            title="Queues"
            beside={frame.queues.length}
            more={["All queues", to("queues")]}
            columns={QUEUES_SHORT}
            rows={frame.queues.slice(0, most)}
            order="queues"
          />
        )}
      </div>
    </div>
  );
}

interface ShortProps<T> {
  title: string;
  beside: ComponentChildren;
  /** What leads to the rest, and where that is. */
  more: [string, string];
  columns: Column<T>[];
  rows: T[];
  keyOf?: (row: T) => string;
  order: string;
  none?: ComponentChildren;
}

/** The first rows of a table that has a page of its own. */
function Short<T>({ title, beside, more, rows, keyOf = nameOf, none, ...rest }: ShortProps<T>) {
  const source = useContext(OfSource);
  return (
    <Panel title={title} beside={beside} tools={<a href={more[1]}>{more[0]}</a>}>
      {rows.length || !none ? (
        <Rows label={`${title} of ${source}`} rows={rows} keyOf={keyOf} {...rest} />
      ) : (
        none
      )}
    </Panel>
  );
}

const nameOf = (row: unknown) => (row as { name: string }).name;

function trouble(worker: Frame["workers"][number]): number {
  if (worker.running.some((task) => task.stuck)) return 3;
  if (worker.status === "offline") return 2;
  return worker.status === "busy" ? 1 : 0;
}

function fleet(frame: Frame): string {
  const by = (status: string) => frame.workers.filter((worker) => worker.status === status).length;
  const parts = ["busy", "idle", "paused", "offline"].map(
    (status) => [by(status), status] as const,
  );
  return parts
    .filter(([number]) => number)
    .map(([number, status]) => `${number} ${status}`)
    .join(" · ");
}
