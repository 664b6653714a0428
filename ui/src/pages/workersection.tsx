// What a worker says of itself: the answers to inspect, ordered as people look for them.

import { Empty } from "../parts/panels";
import { Values } from "../parts/values";
import { Verbs } from "../parts/verbs";
import type { WorkerDetail } from "../records/records";
import { RunningTable } from "./runningtable";

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** Keys of `stats` that have a tab of their own; the others belong to system. */
const OWN = new Set(["pool", "broker", "total", "rusage"]);

interface SectionProps {
  tab: string;
  detail: WorkerDetail;
  again: () => void; // asks the worker once more
}

export function WorkerSection({ tab, detail, again }: SectionProps) {
  const { sections, worker } = detail;
  const stats = fields(sections.stats);
  switch (tab) {
    case "pool":
      return <Or what={stats.pool} empty="It did not tell of its pool" />;
    case "broker":
      return <Or what={stats.broker} empty="It did not tell of its broker" />;
    case "queues":
      return <Queues said={sections.active_queues} name={worker.name} again={again} />;
    case "tasks":
      return <RunningTable worker={worker} sections={sections} />;
    case "limits":
      return <Limits sections={sections} />;
    case "config":
      return <Or what={sections.conf} empty="It did not tell its configuration" />;
    case "system": {
      const rest = Object.fromEntries(Object.entries(stats).filter(([key]) => !OWN.has(key)));
      return (
        <Or what={{ ...rest, ...fields(stats.rusage) }} empty="It did not tell of its system" />
      );
    }
    default:
      return <Or what={sections} empty="It said nothing" />;
  }
}

function Or({ what, empty }: { what: unknown; empty: string }) {
  const nothing = !what || (typeof what === "object" && !Object.keys(what).length);
  return nothing ? <Empty icon="about" title={empty} /> : <Values value={what} />;
}

function Queues({ said, name, again }: { said: unknown; name: string; again: () => void }) {
  const rows = (Array.isArray(said) ? said : []) as Fields[];
  return (
    <>
      {rows.length ? (
        <Values value={Object.fromEntries(rows.map((row) => [String(row.name), row]))} />
      ) : (
        <Empty icon="queues" title="It did not tell of its queues" />
      )}
      <div class="inside row wrap">
        <Verbs
          kind="worker"
          targets={[name]}
          done={again}
          without={[
            "shutdown",
            "pool_restart",
            "pool_grow",
            "pool_shrink",
            "autoscale",
            "pause",
            "resume",
          ]}
        />
      </div>
    </>
  );
}

/** `registered` gives lines such as `app.add [rate_limit=10/m]`. */
function Limits({ sections }: { sections: Fields }) {
  const lines = (Array.isArray(sections.registered) ? sections.registered : []) as unknown[];
  if (!lines.length) return <Empty icon="tasks" title="It did not tell of its task types" />;
  return (
    <ul>
      {lines.map((line) => {
        const [, name = "", limits = ""] = /^(\S+)\s*(?:\[(.*)\])?$/.exec(String(line)) ?? [];
        return (
          <li key={String(line)} class="item">
            <div class="row ends wrap">
              <span>
                <code>{name}</code> <span class="soft">{limits}</span>
              </span>
              <span class="row">
                <Verbs kind="group" targets={[name]} small without={["apply"]} />
              </span>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
