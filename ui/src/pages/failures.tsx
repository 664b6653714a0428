// What failed and why: groups by exception and stage, their trend, the newest in full, retry.

import { Bars } from "../charts/spark";
import { Ago } from "../parts/figures";
import { GroupLink, quoted, TaskLink } from "../parts/links";
import { Empty, Head, Loading, Panel } from "../parts/panels";
import { Verbs } from "../parts/verbs";
import type { FailureGroup } from "../records/records";
import { href, setQuery, setting } from "../state/address";
import { ask, verbsFor } from "../state/commands";
import { info, frame as shown } from "../state/sources";
import { count, many } from "../words/figures";
import { Trouble } from "./healthstrip";

export function FailuresPage() {
  const frame = shown.value;
  if (!frame) return <Loading what="failures" />;
  const total = frame.failures.reduce((sum, group) => sum + group.count, 0);
  const local = info.value?.kind === "pipeline";
  return (
    <>
      <Head
        title="Failures"
        tools={
          <a class="button" href={href("/tasks", { search: "state:failed" })}>
            All failed tasks
          </a>
        }
      >
        <span class="soft">
          {total ? `${many(total, "failure")} in ${many(frame.failures.length, "group")}` : ""}
        </span>
      </Head>
      <Trouble health={frame.health} />
      <Panel title={`By exception and ${local ? "stage" : "task type"}`}>
        <FailureList groups={frame.failures} />
      </Panel>
    </>
  );
}

export function FailureList({ groups }: { groups: FailureGroup[] }) {
  if (!groups.length)
    return (
      <Empty icon="failures" title="Nothing failed">
        Failures appear here, grouped by exception.
      </Empty>
    );
  const open = setting("open");
  return (
    <ul>
      {groups.map((group) => {
        const key = `${group.exception} in ${group.group}`;
        return (
          <li key={key} class="item">
            <Line
              group={group}
              open={open === key}
              toggle={() => setQuery({ open: open === key ? null : key })}
            />
            {open === key && <Newest group={group} />}
          </li>
        );
      })}
    </ul>
  );
}

function Line({ group, open, toggle }: { group: FailureGroup; open: boolean; toggle: () => void }) {
  return (
    <div class="failure">
      <div class="grow">
        <div class="row wrap">
          <button type="button" class="opens" aria-expanded={open} onClick={toggle}>
            <b class="tone-bad">{group.exception}</b>
          </button>
          <span class="soft">in</span> <GroupLink name={group.group} />
        </div>
        <div class="cut soft" title={group.message}>
          {group.message}
        </div>
      </div>
      <Bars
        values={group.trend}
        width={150}
        label={`Per minute over the last hour: ${group.trend.reduce((a, b) => a + b, 0)} in all`}
      />
      <span class="number">
        <b>{count(group.count)}</b>
        <div class="soft">
          <Ago at={group.last} />
        </div>
      </span>
      <RetryAll group={group} />
    </div>
  );
}

/** The search for what failed in a group. */
function searchFor({ group, exception }: FailureGroup): string {
  return `state:failed name=${quoted(group)} exception=${quoted(exception)}`;
}

/** Retries every task of a group that matches, or, where the source cannot, those it names. */
function RetryAll({ group }: { group: FailureGroup }) {
  const all = verbsFor("tasks").find((verb) => verb.name === "retry");
  const one = verbsFor("task").find((verb) => verb.name === "retry");
  const search = searchFor(group);
  if (!all && !one) return null;
  const retry = () =>
    all
      ? ask(all, [search], search)
      : one && ask(one, group.tasks, many(group.tasks.length, "task"));
  return (
    <button
      type="button"
      class="button small"
      onClick={retry}
      aria-label={`Retry all ${group.exception} in ${group.group}`}
    >
      Retry all
    </button>
  );
}

function Newest({ group }: { group: FailureGroup }) {
  const others = [...new Set(group.tasks)].filter((id) => id !== group.newest);
  return (
    <div class="stack">
      <div class="row wrap">
        <span class="soft">newest</span> <TaskLink id={group.newest} />{" "}
        <Verbs kind="task" targets={[group.newest]} small without={["revoke", "abort"]} />
        <a href={href("/tasks", { search: searchFor(group) })}>all of this group</a>
        <span class="soft">
          first <Ago at={group.first} />
        </span>
      </div>
      <pre class="code" tabIndex={0} role="group" aria-label="Newest traceback">
        {group.traceback ?? group.message}
      </pre>
      {others.length > 0 && (
        <div class="row wrap">
          <span class="soft">before it</span>
          {others.slice(0, 8).map((id) => (
            <TaskLink key={id} id={id} room={24} />
          ))}
          {others.length > 8 && <span class="soft">and {others.length - 8} more</span>}
        </div>
      )}
    </div>
  );
}
