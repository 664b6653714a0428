// One task: its way, arguments and result, traceback, tree, raw events, and what can be done to it.
import type { ComponentChildren } from "preact";
import { ofSource } from "../data/client";
import { useLoaded } from "../data/loaded";
import { Badge } from "../parts/badge";
import { Figure, Moment, Since } from "../parts/figures";
import { GroupLink, TaskLink, WorkerLink } from "../parts/links";
import { Empty, Head, Loading, Panel, Wrong } from "../parts/panels";
import { Verbs } from "../parts/verbs";
import type { Step, TaskDetail, TaskView } from "../records/records";
import { current, info } from "../state/sources";
import { count, duration } from "../words/figures";
import { isOver } from "../words/states";
import { plain } from "../words/text";
import { TaskTree } from "./tasktree";
import { Way } from "./way";

const FAILED = /^(FAILURE|failed)$/;
const STOPPED = /^(REVOKED|REJECTED|cancelled|dropped)$/;

export function TaskPage({ id }: { id: string }) {
  const loaded = useLoaded<TaskDetail>(ofSource(current.value, "tasks", id), {}, 2000);
  const detail = loaded.data;
  if (!detail)
    return loaded.error ? (
      <Wrong error={loaded.error} again={loaded.again} />
    ) : (
      <Loading what={`task ${id}`} />
    );
  const { task } = detail;
  const over = isOver(task.state);
  const local = info.value?.kind === "pipeline";
  const without = over ? ["revoke", "abort"] : ["retry"];
  return (
    <>
      <Head
        title={task.name ?? id}
        tools={<Verbs kind="task" targets={[id]} without={without} done={loaded.again} />}
      >
        <Badge state={task.state} filled />
        {task.orphaned && <Badge state="orphaned" filled />}
        {task.stuck && <Badge state="stuck" filled />}
        <code class="soft">{id}</code>
      </Head>
      <Panel title="Timeline">
        <Times task={task} steps={detail.timeline} over={over} />
        <Way steps={detail.timeline} />
      </Panel>
      {(task.exception || task.traceback) && <Failure task={task} />}
      <div class="columns">
        {!local && (
          <Panel title="Called with">
            <Called task={task} />
          </Panel>
        )}
        <Panel title="Where and how">
          <Where task={task} local={local} />
        </Panel>
      </div>
      {detail.tree.length > 1 && (
        <Panel title="Tree" beside={`${count(detail.tree.length)} tasks`}>
          <TaskTree tree={detail.tree} here={id} />
        </Panel>
      )}
      {(!local || detail.raw.length > 0) && (
        <Panel title="Raw events" beside={detail.raw.length || undefined}>
          {detail.raw.length ? (
            <Raw raw={detail.raw} />
          ) : (
            <Empty icon="events" title="None are kept any more" />
          )}
        </Panel>
      )}
    </>
  );
}

interface TimesProps {
  task: TaskView;
  steps: Step[];
  over: boolean;
}

function Times({ task, steps, over }: TimesProps) {
  const waited = inQueues(steps) ?? between(task.received, task.started);
  const ran = task.runtime ?? between(task.started, task.finished);
  return (
    <div class="figures">
      <Figure label="Received" text>
        <Moment at={task.received} />
      </Figure>
      <Figure label="Started" text>
        <Moment at={task.started} />
      </Figure>
      <Figure label="Finished" text>
        <Moment at={task.finished} />
      </Figure>
      <Figure label="Waited">{duration(waited)}</Figure>
      <Figure label={over || ran !== null ? "Ran" : "Runs for"}>
        {over || ran !== null || task.started === null ? (
          duration(ran)
        ) : (
          <Since at={task.started} />
        )}
      </Figure>
      <Figure label="Retries" tone={task.retries ? "warn" : undefined}>
        {count(task.retries)}
      </Figure>
    </div>
  );
}

function between(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : to - from;
}

/** How long an item was in the queues of all stages together; null where it is no item. */
function inQueues(steps: Step[]): number | null {
  const waits = steps.flatMap(({ state, at }, index) => {
    const left = steps[index + 1]?.at;
    return state === "queued" && left !== undefined ? [left - at] : [];
  });
  return waits.length ? waits.reduce((sum, one) => sum + one, 0) : null;
}

function whyOf(state: string): string {
  if (FAILED.test(state)) return "Why it failed";
  if (STOPPED.test(state)) return "Why it ended";
  return isOver(state) ? "Why it was tried again" : "Why it is tried again";
}

function Failure({ task }: { task: TaskView }) {
  return (
    <Panel title={whyOf(task.state)}>
      <div class="inside stack">
        <b class="tone-bad mono">{task.exception}</b>
        {task.traceback && (
          <pre class="code" tabIndex={0} role="group" aria-label="Traceback">
            {task.traceback}
          </pre>
        )}
      </div>
    </Panel>
  );
}

function Called({ task }: { task: TaskView }) {
  return (
    <>
      <dl class="plainlist">
        {(["args", "kwargs", "result"] as const).map((key) => (
          <Pair key={key} name={key}>
            <pre>{plain(task[key])}</pre>
          </Pair>
        ))}
      </dl>
      {task.cut && (
        <div class="foot">
          These texts were cut where they were sent: only a part is known here.
        </div>
      )}
    </>
  );
}

function Where({ task, local }: { task: TaskView; local: boolean }) {
  const rest: [string, string | null][] = [
    ["queue", task.queue],
    ["exchange", task.exchange],
    ["routing key", task.routing_key],
    ["ETA", task.eta],
    ["expires", task.expires],
    ["sent by", task.client],
  ];
  const root = task.root_id !== task.id ? task.root_id : null;
  return (
    <dl class="plainlist">
      <Pair name={local ? "stage" : "type"}>
        {task.name ? <GroupLink name={task.name} /> : "–"}
      </Pair>
      <Pair name="worker">
        <WorkerLink name={task.worker} />
      </Pair>
      {rest
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <Pair key={name} name={name}>
            {value}
          </Pair>
        ))}
      {task.parent_id && (
        <Pair name="parent">
          <TaskLink id={task.parent_id} />
        </Pair>
      )}
      {root && (
        <Pair name="root">
          <TaskLink id={root} />
        </Pair>
      )}
    </dl>
  );
}

function Pair({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Raw({ raw }: { raw: TaskDetail["raw"] }) {
  return (
    <ul>
      {raw.map((event, index) => (
        <li key={index} class="item">
          <details>
            <summary>
              <b class="mono">{plain(event.type ?? event.status ?? "event")}</b>{" "}
              <span class="soft">
                {typeof event.timestamp === "number" && <Moment at={event.timestamp} />}
              </span>
            </summary>
            <pre class="code" tabIndex={0} role="group" aria-label="The event in full">
              {plain(event)}
            </pre>
          </details>
        </li>
      ))}
    </ul>
  );
}
