// One task: its way, arguments and result, traceback, tree, raw events, and what can be done to it.
import { ofSource } from "../data/client";
import { useLoaded } from "../data/loaded";
import { Badge } from "../parts/badge";
import { Figure, Moment, Since } from "../parts/figures";
import { GroupLink, TaskLink, WorkerLink } from "../parts/links";
import { Empty, Head, Loading, Panel, Wrong } from "../parts/panels";
import { Verbs } from "../parts/verbs";
import type { TaskDetail, TaskView } from "../records/records";
import { current } from "../state/sources";
import { count, duration } from "../words/figures";
import { plain } from "../words/text";
import { TaskTree } from "./tasktree";
import { Way } from "./way";

const OVER = /^(SUCCESS|FAILURE|REVOKED|REJECTED|completed|failed|dropped|skipped|cancelled)$/;
const FAILED = /^(FAILURE|failed)$/;

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
  const over = OVER.test(task.state);
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
        <Times task={task} over={over} />
        <Way steps={detail.timeline} />
      </Panel>
      {(task.exception || task.traceback) && (
        <Failure task={task} retried={!FAILED.test(task.state)} />
      )}
      <div class="columns">
        <Panel title="Called with">
          <Called task={task} />
        </Panel>
        <Panel title="Where and how">
          <Where task={task} />
        </Panel>
      </div>
      {detail.tree.length > 1 && (
        <Panel title="Tree" beside={`${count(detail.tree.length)} tasks`}>
          <TaskTree tree={detail.tree} here={id} />
        </Panel>
      )}
      <Panel title="Raw events" beside={detail.raw.length || undefined}>
        {detail.raw.length ? (
          <Raw raw={detail.raw} />
        ) : (
          <Empty icon="events" title="None are kept" />
        )}
      </Panel>
    </>
  );
}

function Times({ task, over }: { task: TaskView; over: boolean }) {
  const waited =
    task.received !== null && task.started !== null ? task.started - task.received : null;
  const ran =
    task.runtime ??
    (task.started !== null && task.finished !== null ? task.finished - task.started : null);
  return (
    <div class="figures">
      <Figure label="Received">
        <small>
          <Moment at={task.received} />
        </small>
      </Figure>
      <Figure label="Started">
        <small>
          <Moment at={task.started} />
        </small>
      </Figure>
      <Figure label="Finished">
        <small>
          <Moment at={task.finished} />
        </small>
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

function Failure({ task, retried }: { task: TaskView; retried: boolean }) {
  return (
    <Panel title={retried ? "Why it is tried again" : "Why it failed"}>
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
        <dt>args</dt>
        <dd>
          <pre>{plain(task.args)}</pre>
        </dd>
        <dt>kwargs</dt>
        <dd>
          <pre>{plain(task.kwargs)}</pre>
        </dd>
        <dt>result</dt>
        <dd>
          <pre>{plain(task.result)}</pre>
        </dd>
      </dl>
      {task.cut && (
        <div class="foot">
          These texts were cut where they were sent: only a part is known here.
        </div>
      )}
    </>
  );
}

function Where({ task }: { task: TaskView }) {
  const rest: [string, string | null][] = [
    ["queue", task.queue],
    ["exchange", task.exchange],
    ["routing key", task.routing_key],
    ["ETA", task.eta],
    ["expires", task.expires],
    ["sent by", task.client],
  ];
  return (
    <dl class="plainlist">
      <dt>type</dt>
      <dd>{task.name ? <GroupLink name={task.name} /> : "–"}</dd>
      <dt>worker</dt>
      <dd>
        <WorkerLink name={task.worker} />
      </dd>
      {rest
        .filter(([, value]) => value)
        .flatMap(([name, value]) => [
          <dt key={`${name} name`}>{name}</dt>,
          <dd key={name}>{value}</dd>,
        ])}
      {task.parent_id && (
        <>
          <dt>parent</dt>
          <dd>
            <TaskLink id={task.parent_id} />
          </dd>
        </>
      )}
      {task.root_id && task.root_id !== task.id && (
        <>
          <dt>root</dt>
          <dd>
            <TaskLink id={task.root_id} />
          </dd>
        </>
      )}
    </dl>
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
