// Is it healthy and when is it done: the first line of a source's pages.

import { Spark } from "../charts/spark";
import { Ago, Figure, Meter, Since } from "../parts/figures";
import { Note } from "../parts/panels";
import type { Frame, Health, Totals } from "../records/records";
import { coarse, count, percent, rate } from "../words/figures";

export function HealthStrip({ frame, kind }: { frame: Frame; kind: "pipeline" | "cluster" }) {
  const { totals, workers } = frame;
  const online = workers.filter((worker) => worker.status !== "offline");
  const ended = totals.succeeded + totals.failed + totals.dropped + totals.cancelled;
  return (
    <div class="figures">
      {kind === "pipeline" || totals.expected !== null ? (
        <Done totals={totals} ended={ended} />
      ) : (
        <Figure label="Tasks" hint={<>in flight {count(totals.in_flight)}</>}>
          {count(totals.fed)}
        </Figure>
      )}
      <Figure label="Throughput" wide hint="now, and over the last minute">
        <span class="row">
          <span>
            {rate(totals.throughput)}
            <small> /s</small>
          </span>
          <Spark
            values={totals.history}
            room={60}
            label={`Throughput of the last minute, now ${rate(totals.throughput)} a second`}
          />
        </span>
      </Figure>
      {totals.eta !== null && (
        <Figure label="Time left" hint={band(totals)}>
          {coarse(totals.eta)}
        </Figure>
      )}
      <Figure
        label="Failed"
        tone={totals.failed ? "bad" : undefined}
        hint={`${percent(ended ? totals.failed / ended : 0, 1)} of those ended`}
      >
        {count(totals.failed)}
      </Figure>
      {totals.retried !== null && <Figure label="Retried">{count(totals.retried)}</Figure>}
      {totals.dropped > 0 && <Figure label="Dropped">{count(totals.dropped)}</Figure>}
      {totals.cancelled > 0 && <Figure label="Cancelled">{count(totals.cancelled)}</Figure>}
      <Figure
        label="Workers"
        tone={online.length < workers.length ? "warn" : undefined}
        hint={`${count(online.filter((w) => w.status === "busy").length)} busy`}
      >
        {count(online.length)}
        {online.length < workers.length && <small> of {count(workers.length)}</small>}
      </Figure>
      {totals.started !== null && (
        <Figure label="Running for">
          <Since at={totals.started} />
        </Figure>
      )}
    </div>
  );
}

/** A share only where it is known how many there will be. */
function Done({ totals, ended }: { totals: Totals; ended: number }) {
  const { expected } = totals;
  const inFlight = `${count(totals.in_flight)} in flight`;
  if (expected === null)
    return (
      <Figure label="Done" hint={`${count(totals.fed)} fed · ${inFlight}`}>
        {count(ended)}
      </Figure>
    );
  const share = expected ? ended / expected : 1;
  return (
    <Figure
      label="Done"
      wide
      hint={
        <span class="gauge">
          <Meter thick share={share} label="Done" tone={totals.failed ? "run" : "ok"} />
          <span>
            {count(ended)} of {count(expected)} · {inFlight}
          </span>
        </span>
      }
    >
      {percent(share, 1)}
    </Figure>
  );
}

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

function band({ eta_low, eta_high }: Totals): string {
  if (eta_low === null || eta_high === null) return "at the recent pace";
  return `${coarse(eta_low)} – ${coarse(eta_high)}`;
}

/** Why what is shown cannot be trusted, or what is wrong with it; nothing where all is well. */
export function Trouble({ health }: { health: Health }) {
  if (health.state === "paused" || health.state === "finished") return null;
  if (health.state !== "stale" && health.state !== "disconnected")
    return health.reason && <Note tone="warn">{sentence(health.reason)}</Note>;
  return (
    <Note tone={health.state === "stale" ? "warn" : "bad"}>
      <b>{health.state === "stale" ? "What you see is old." : "The source cannot be reached."}</b>{" "}
      {health.reason ?? ""}{" "}
      {health.last_event !== null && (
        <>
          The last event came <Ago at={health.last_event} />; figures stand still since then.
        </>
      )}
    </Note>
  );
}
