// One source on the overview: its health strip, then its workers, queues and failures.

import { base } from "../data/client";
import { Badge } from "../parts/badge";
import { OfSource } from "../parts/links";
import { Empty, Loading, Panel } from "../parts/panels";
import { Rows } from "../parts/rows";
import type { SourceInfo } from "../records/api";
import type { Frame } from "../records/records";
import { FAILURES_SHORT } from "./failurecolumns";
import { GROUPS_SHORT } from "./groupcolumns";
import { HealthStrip, Trouble } from "./healthstrip";
import { QUEUES_SHORT } from "./queuecolumns";
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
  const most = alone ? 20 : 8;
  const failures = frame.failures.filter((group) => group.last > frame.at - 3600);
  const busiest = [...frame.workers].sort((a, b) => trouble(b) - trouble(a)).slice(0, most);
  return (
    <div class="columns wide">
      <div class="stack">
        <Panel
          title={info.kind === "pipeline" ? "Stages" : "Task types"}
          beside={frame.groups.length}
          tools={<a href={own}>All figures</a>}
        >
          <Rows
            label={`Groups of ${info.name}`}
            columns={GROUPS_SHORT}
            rows={frame.groups.slice(0, most)}
            keyOf={(row) => row.name}
            order="groups"
          />
        </Panel>
        <Panel
          title="Failures of the last hour"
          beside={failures.length || undefined}
          tools={<a href={to("failures")}>All failures</a>}
        >
          {failures.length ? (
            <Rows
              label={`Failures of ${info.name}`}
              columns={FAILURES_SHORT}
              rows={failures.slice(0, most)}
              keyOf={(row) => `${row.exception} ${row.group}`}
              order="failures"
            />
          ) : (
            <Empty title="Nothing failed">in the last hour</Empty>
          )}
        </Panel>
      </div>
      <div class="stack">
        <Panel title="Fleet" beside={fleet(frame)} tools={<a href={to("workers")}>All workers</a>}>
          <Rows
            label={`Workers of ${info.name}`}
            columns={FLEET}
            rows={busiest}
            keyOf={(row) => row.name}
            order="fleet"
          />
        </Panel>
        {frame.queues.length > 0 && (
          <Panel
            title="Queues"
            beside={frame.queues.length}
            tools={<a href={to("queues")}>All queues</a>}
          >
            <Rows
              label={`Queues of ${info.name}`}
              columns={QUEUES_SHORT}
              rows={frame.queues.slice(0, most)}
              keyOf={(row) => row.name}
              order="queues"
            />
          </Panel>
        )}
      </div>
    </div>
  );
}

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
