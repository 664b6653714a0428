// The table of workers, with lanes above it.
import { useMemo } from "preact/hooks";
import { LaneLegend, Lanes } from "../charts/lanes";
import { Empty, Head, Loading, Panel } from "../parts/panels";
import { Rows } from "../parts/rows";
import type { WorkerStatus, WorkerView } from "../records/records";
import { go, href, setQuery, setting } from "../state/address";
import { current, info, frame as shown } from "../state/sources";
import { lookOf } from "../words/states";
import { Trouble } from "./healthstrip";
import { CLUSTER_WORKERS, LOCAL_WORKERS } from "./workercolumns";

const STATUSES: WorkerStatus[] = ["busy", "idle", "paused", "offline"];

export function WorkersPage() {
  const frame = shown.value;
  const status = setting("status");
  const part = setting("part").toLowerCase();
  const rows = useMemo(
    () => (frame?.workers ?? []).filter((worker) => fits(worker, status, part)),
    [frame?.workers, status, part],
  );
  if (!frame) return <Loading what="workers" />;
  const local = info.value?.kind === "pipeline";
  return (
    <>
      <Head title="Workers">
        <Statuses workers={frame.workers} status={status} />
        <input
          data-search
          type="search"
          aria-label={`Filter workers by name or ${local ? "stage" : "queue"}`}
          placeholder={`Filter by name or ${local ? "stage" : "queue"}`}
          value={setting("part")}
          onInput={(event) => setQuery({ part: event.currentTarget.value })}
        />
      </Head>
      <Trouble health={frame.health} />
      <Panel
        title="All workers"
        beside={
          rows.length === frame.workers.length
            ? rows.length
            : `${rows.length} of ${frame.workers.length}`
        }
      >
        {rows.length ? (
          <Rows
            label="Workers"
            columns={local ? LOCAL_WORKERS : CLUSTER_WORKERS}
            rows={rows}
            keyOf={(worker) => worker.name}
            sort={local ? "" : "name"}
            onOpen={(worker) => go(href(`/worker/${encodeURIComponent(worker.name)}`))}
            dim={(worker) => worker.status === "offline"}
            main
            tall
          />
        ) : (
          <Empty
            icon="workers"
            title={frame.workers.length ? "No worker matches" : "No workers yet"}
          >
            {frame.workers.length
              ? "Take a filter away."
              : "They appear by themselves as soon as they give a sign."}
          </Empty>
        )}
      </Panel>
      {rows.length > 0 && (
        <Panel title="The last minute" tools={<LaneLegend />}>
          <Lanes source={current.value} workers={rows} />
        </Panel>
      )}
    </>
  );
}

function fits(worker: WorkerView, status: string, part: string): boolean {
  if (status && worker.status !== status) return false;
  return (
    !part ||
    [worker.name, worker.group ?? "", ...worker.queues].some((text) =>
      text.toLowerCase().includes(part),
    )
  );
}

function Statuses({ workers, status }: { workers: WorkerView[]; status: string }) {
  return (
    <div class="chips">
      {STATUSES.map((one) => {
        const number = workers.filter((worker) => worker.status === one).length;
        return (
          <button
            key={one}
            type="button"
            class="chip"
            aria-pressed={status === one}
            onClick={() => setQuery({ status: status === one ? null : one })}
          >
            {lookOf(one).word} <span class="tally">{number}</span>
          </button>
        );
      })}
    </div>
  );
}
