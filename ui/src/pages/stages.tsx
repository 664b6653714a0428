// The stages of a pipeline as a flow: the queue before each, its workers, rates, what holds it up.

import { Badge } from "../parts/badge";
import { Meter } from "../parts/figures";
import { Icon } from "../parts/icons";
import { GroupLink } from "../parts/links";
import { Verbs } from "../parts/verbs";
import type { Group, Totals } from "../records/records";
import { count, duration, rate, short } from "../words/figures";

export function Stages({ groups, totals }: { groups: Group[]; totals: Totals }) {
  const ordered = [...groups].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  return (
    <ol class="flow">
      {ordered.map((group, index) => (
        <li key={group.name} class={index === 0 ? "first" : undefined}>
          <div class="hop" title={`${rate(group.rate_in)} a second come in`}>
            <b>{rate(group.rate_in)} /s</b>
            <Icon name="arrow" wide />
            <span>{index === 0 ? `${short(totals.fed)} fed` : ""}</span>
          </div>
          <Stage group={group} />
        </li>
      ))}
    </ol>
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
        <dt>retried</dt>
        <dd>
          {count(group.retried)}
          {group.waiting > 0 && <span class="soft"> · {count(group.waiting)} wait</span>}
        </dd>
        {group.stuck > 0 && (
          <>
            <dt class="tone-warn">stuck</dt>
            <dd class="tone-warn">{count(group.stuck)}</dd>
          </>
        )}
      </dl>
      {group.bottleneck && <p class="why">{group.bottleneck}</p>}
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
