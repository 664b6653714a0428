// One worker: what it does, every control, and what it says of itself in tabs.
import { useMemo } from "preact/hooks";
import { LaneLegend, Lanes } from "../charts/lanes";
import { ofSource } from "../data/client";
import { useLoaded } from "../data/loaded";
import { Badge } from "../parts/badge";
import { Ago, Figure } from "../parts/figures";
import { quoted } from "../parts/links";
import { Empty, Head, Loading, Note, Panel, Wrong } from "../parts/panels";
import { type Tab, Tabs, useTab } from "../parts/tabs";
import { Verbs } from "../parts/verbs";
import type { WorkerDetail, WorkerView } from "../records/records";
import { href } from "../state/address";
import { current, frame, info } from "../state/sources";
import { coarse, count } from "../words/figures";
import { WorkerSection } from "./workersection";

const TABS: Tab[] = ["Pool", "Broker", "Queues", "Tasks", "Limits", "Config", "System", "All"].map(
  (title) => ({ key: title.toLowerCase(), title }),
);

export function WorkerPage({ id }: { id: string }) {
  const source = current.value;
  const detail = useLoaded<WorkerDetail>(ofSource(source, "workers", id), {}, 10_000);
  const live = frame.value?.workers.find((worker) => worker.name === id);
  const worker = live ?? detail.data?.worker;
  const list = useMemo(() => (worker ? [worker] : []), [worker]);
  if (!worker)
    return detail.error ? (
      <Wrong error={detail.error} again={detail.again} />
    ) : (
      <Loading what={id} />
    );
  return (
    <>
      <Head
        title={id}
        tools={
          <a class="button" href={href("/tasks", { search: `worker=${quoted(id)}` })}>
            Its tasks
          </a>
        }
      >
        <Badge state={worker.status} filled />
        {worker.version && <span class="soft">{worker.version}</span>}
      </Head>
      <Panel title="Worker" tools={<Verbs kind="worker" targets={[id]} done={detail.again} />}>
        <WorkerFigures worker={worker} />
      </Panel>
      {Math.abs(worker.drift) > 1 && (
        <Note tone="warn">
          Its clock is {coarse(Math.abs(worker.drift))} {worker.drift > 0 ? "ahead" : "behind"}.
          Times on this page are corrected for it.
        </Note>
      )}
      <Panel title="The last minute" tools={<LaneLegend />}>
        <Lanes source={source} workers={list} />
      </Panel>
      <Details worker={worker} detail={detail.data} />
    </>
  );
}

function WorkerFigures({ worker }: { worker: WorkerView }) {
  return (
    <div class="figures">
      <Figure
        label="Running"
        hint={worker.concurrency ? `of ${count(worker.concurrency)} at once` : undefined}
      >
        {count(worker.active)}
      </Figure>
      <Figure label="Processed">{count(worker.processed)}</Figure>
      <Figure label="Succeeded">{count(worker.succeeded)}</Figure>
      <Figure label="Failed" tone={worker.failed ? "bad" : undefined}>
        {count(worker.failed)}
      </Figure>
      {worker.retried !== null && <Figure label="Retried">{count(worker.retried)}</Figure>}
      {worker.load && (
        <Figure label="Load" hint="over 1, 5, 15 minutes">
          {worker.load[0].toFixed(2)}{" "}
          <small>
            {worker.load[1].toFixed(2)} {worker.load[2].toFixed(2)}
          </small>
        </Figure>
      )}
      <Figure
        label="Last seen"
        text
        hint={worker.missed ? `${count(worker.missed)} tasks that no event told of` : undefined}
      >
        <Ago at={worker.last_seen} />
      </Figure>
    </div>
  );
}

function Details({ worker, detail }: { worker: WorkerView; detail: WorkerDetail | null }) {
  const local = info.value?.kind === "pipeline";
  const tabs = local ? TABS.filter((tab) => ["tasks", "all"].includes(tab.key)) : TABS;
  const open = useTab(tabs);
  const refreshed = useLoaded<WorkerDetail>(
    local ? null : ofSource(current.value, "workers", worker.name),
    {
      refresh: 1,
    },
  );
  const shown = refreshed.data ?? detail;
  return (
    <section class="panel">
      <Tabs tabs={tabs} label="About the worker" open={open} />
      {shown?.error && (
        <div class="inside">
          <Note tone="warn">{shown.error}</Note>
        </div>
      )}
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${open}`}>
        {shown ? (
          <WorkerSection tab={open} detail={{ ...shown, worker }} again={refreshed.again} />
        ) : (
          <Loading what="what it says" />
        )}
      </div>
      {!local && (
        <div class="foot row ends">
          <span>
            {shown?.asked ? (
              <>
                asked <Ago at={shown.asked} />
              </>
            ) : (
              "not asked yet"
            )}
          </span>
          <button type="button" class="button small" onClick={refreshed.again}>
            Ask again
          </button>
        </div>
      )}
      {!shown && refreshed.error && <Empty title="It did not answer">{refreshed.error}</Empty>}
    </section>
  );
}
