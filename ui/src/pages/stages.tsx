// The stages of a pipeline as a flow: the queue before each, its workers, rates, what holds it up.

import { Badge } from "../parts/badge";
import { Meter } from "../parts/figures";
import { Icon } from "../parts/icons";
import { GroupLink } from "../parts/links";
import { Verbs } from "../parts/verbs";
import type { Group, Totals } from "../records/records";
import { count, duration, many, rate, short } from "../words/figures";

export function Stages({ groups, totals }: { groups: Group[]; totals: Totals }) {
  const ordered = [...groups].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  return (
    <ol class="flow">
      {ordered.map((group, index) => (
        <li key={group.name} class={index === 0 ? "first" : undefined}>
          <Hop before={ordered[index - 1]} group={group} fed={totals.fed} />
          <Stage group={group} />
        </li>
      ))}
    </ol>
  );
}

/** The stage that holds the others up, and why. */
export function Bottleneck({ groups }: { groups: Group[] }) {
  const held = groups.filter((group) => group.paused && group.queued > 0);
  if (held.length) return <Held groups={held} />;
  const slow = groups.find((group) => group.bottleneck);
  if (!slow) return <>no stage holds the others up</>;
  return (
    <span class="tone-warn">
      <b>{slow.name}</b> sets the pace: {slow.bottleneck}, lately
    </span>
  );
}

function Held({ groups }: { groups: Group[] }) {
  const waiting = groups.reduce((sum, group) => sum + group.queued, 0);
  return (
    <span class="tone-warn">
      <b>{groups.map((group) => group.name).join(", ")}</b> {groups.length === 1 ? "is" : "are"}{" "}
      paused: {many(waiting, "item waits", "items wait")}
    </span>
  );
}

/** The way into a stage: what leaves the one before it, or what is fed. */
function Hop({ before, group, fed }: { before: Group | undefined; group: Group; fed: number }) {
  const speed = rate(before ? before.rate_out : group.rate_in);
  return (
    <div class="hop" title={`${speed} a second ${before ? `leave ${before.name}` : "are fed"}`}>
      <b>{speed} /s</b>
      <Icon name="arrow" wide />
      {!before && <span>{short(fed)} fed</span>}
    </div>
  );
}

function Stage({ group }: { group: Group }) {
  const full = group.capacity !== null && group.queued >= group.capacity;
  return (
    <article class={group.bottleneck ? "stage slow" : "stage"} aria-label={`Stage ${group.name}`}>
      <header>
        <h3>
          <GroupLink name={group.name} />
        </h3>
        {group.paused ? (
          <Badge state="paused" filled />
        ) : (
          group.bottleneck && <Badge state="stale" word="Bottleneck" filled />
        )}
      </header>
      <Gauge
        name="Queue"
        share={group.capacity ? group.queued / group.capacity : 0}
        text={
          group.capacity
            ? `${count(group.queued)} of ${count(group.capacity)}`
            : count(group.queued)
        }
        tone={full ? "warn" : "run"}
      />
      {group.workers !== null && (
        <Gauge
          name="Busy"
          share={group.workers ? (group.busy ?? 0) / group.workers : 0}
          text={`${count(group.busy)} of ${count(group.workers)}`}
          tone="ok"
        />
      )}
      <dl>
        <dt>out</dt>
        <dd>{rate(group.rate_out)} /s</dd>
        <dt>p50 · p95</dt>
        <dd>
          {duration(group.running_time.p50)} · {duration(group.running_time.p95)}
        </dd>
        <dt>done</dt>
        <dd>{count(group.succeeded)}</dd>
        <dt>failed</dt>
        <dd class={group.failed ? "tone-bad" : undefined}>{count(group.failed)}</dd>
        {group.retried !== null && (
          <>
            <dt>retried</dt>
            <dd>{count(group.retried)}</dd>
          </>
        )}
        {group.waiting > 0 && (
          <>
            <dt title="They wait for their next attempt">to retry</dt>
            <dd>{count(group.waiting)}</dd>
          </>
        )}
        {group.stuck > 0 && (
          <>
            <dt class="tone-warn">stuck</dt>
            <dd class="tone-warn">{count(group.stuck)}</dd>
          </>
        )}
      </dl>
      {group.bottleneck && !group.paused && <p class="why">lately {group.bottleneck}</p>}
      <footer>
        <Verbs
          kind="group"
          targets={[group.name]}
          small
          without={[group.paused ? "pause" : "resume"]}
        />
      </footer>
    </article>
  );
}

interface GaugeProps {
  name: string;
  share: number;
  text: string;
  tone: "run" | "ok" | "warn";
}

function Gauge({ name, share, text, tone }: GaugeProps) {
  return (
    <div class="gauge">
      <span>
        <span class="soft">{name}</span>
        <span class="nowrap">{text}</span>
      </span>
      <Meter share={share} label={name} tone={tone} />
    </div>
  );
}
