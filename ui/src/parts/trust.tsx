// Can this be trusted: age of the last event, events lost, clocks, connection. Always on screen.
import { now } from "../data/clock";
import { heardAt, link, linkReason } from "../data/stream";
import type { Health } from "../records/records";
import { current, frame, reconnect } from "../state/sources";
import { coarse, count } from "../words/figures";
import { Badge } from "./badge";
import { ShapeIcon } from "./icons";

export function Trust() {
  const health = frame.value?.health;
  return (
    <section class="trust" aria-label="Can this be trusted">
      <Connection />
      {health && (
        <>
          <span title={health.reason ?? undefined}>
            <Badge state={health.state} />
          </span>
          <LastEvent health={health} />
          <Lost health={health} />
          <Drift drift={health.drift} />
        </>
      )}
    </section>
  );
}

function Connection() {
  const state = link.value;
  const silent = Math.round(Date.now() / 1000 - heardAt.value);
  now.value; // moves on with the clock
  if (state === "open" && silent < 20) return null;
  if (state === "open" || state === "connecting" || state === "resting")
    return <span>{state === "open" ? `server silent for ${coarse(silent)}` : "connecting…"}</span>;
  return (
    <span class="tone-bad" role="alert" title={linkReason.value}>
      <ShapeIcon shape="gone" /> {state === "refused" ? "not allowed" : "server not reached"}
      {heardAt.value > 0 && ` for ${coarse(silent)}`}
      <button type="button" class="button small" onClick={reconnect}>
        Retry now
      </button>
    </span>
  );
}

function LastEvent({ health }: { health: Health }) {
  if (health.last_event === null) return <span>no event yet</span>;
  const age = Math.max(0, now.value - health.last_event);
  const late = health.lag > 2 || health.state === "stale";
  return (
    <span
      class={late ? "tone-warn" : undefined}
      title={`${count(health.received)} events came; the newest applied is ${coarse(health.lag)} behind`}
    >
      last event <b>{age < 1.5 ? "now" : `${coarse(age)} ago`}</b>
    </span>
  );
}

function Lost({ health }: { health: Health }) {
  const { lost, malformed, deaf } = health;
  const bad = lost > 0 || malformed > 0;
  const more = [
    malformed && `${count(malformed)} unreadable`,
    deaf && `deaf for ${coarse(deaf)} in all`,
  ];
  return (
    <span
      class={bad ? "tone-warn" : undefined}
      title={more.filter(Boolean).join(", ") || "no event is known to be missed"}
    >
      {bad && <ShapeIcon shape="bang" size={12} />}
      lost <b>{count(lost + malformed)}</b>
    </span>
  );
}

function Drift({ drift }: { drift: Record<string, number> }) {
  const worst = Object.entries(drift).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const all = worst
    .map(([name, by]) => `${name}: ${by > 0 ? "+" : "−"}${coarse(Math.abs(by))}`)
    .slice(0, 12);
  const most = worst[0]?.[1];
  return (
    <span
      class={most === undefined ? undefined : "tone-warn"}
      title={all.join("\n") || `no clock of ${current.value} is more than a second off`}
    >
      {most !== undefined && <ShapeIcon shape="bang" size={12} />}
      drift{" "}
      <b>{most === undefined ? "none" : `${most > 0 ? "+" : "−"}${coarse(Math.abs(most))}`}</b>
    </span>
  );
}
