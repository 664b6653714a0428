// A timeline as bars: each state from when it began until the next.

import { now } from "../data/clock";
import { Badge } from "../parts/badge";
import { Empty } from "../parts/panels";
import type { Step } from "../records/records";
import { duration } from "../words/figures";
import { isOver, lookOf } from "../words/states";
import { fullDate, precise } from "../words/times";

export function Way({ steps }: { steps: Step[] }) {
  if (!steps.length) return <Empty title="Nothing is known of its way" />;
  const first = steps[0]?.at ?? 0;
  const final = steps[steps.length - 1] as Step;
  const end = isOver(final.state) ? final.at : Math.max(now.value, final.at);
  const span = Math.max(end - first, 1e-6);
  return (
    <ol class="way">
      {steps.map((step, index) => {
        const until = steps[index + 1]?.at ?? end;
        const took = Math.max(0, until - step.at);
        const last = index === steps.length - 1 && isOver(step.state);
        const left = Math.min(99.5, (100 * (step.at - first)) / span);
        return (
          <li key={index}>
            <span class="row">
              <Badge state={step.state} />
              <span
                class="cut soft"
                title={[step.group, step.worker, step.detail].filter(Boolean).join(" · ")}
              >
                {[step.group, step.worker].filter(Boolean).join(" · ")}
              </span>
            </span>
            <span class="track">
              <i
                class={`tone-${lookOf(step.state).tone}`}
                style={{ left: `${left}%`, width: `${last ? 0 : (100 * took) / span}%` }}
              />
            </span>
            <span
              class="number"
              title={`${fullDate(step.at)}${step.detail ? `\n${step.detail}` : ""}`}
            >
              {last ? <span class="soft">{precise(step.at)}</span> : duration(took)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
