// Chips that filter tasks by state: a click puts the state into the search or takes it out.

import { ShapeIcon } from "../parts/icons";
import { setQuery, setting } from "../state/address";
import { frame, info } from "../state/sources";
import { short } from "../words/figures";
import { lookOf } from "../words/states";

const CLUSTER = ["RECEIVED", "STARTED", "SUCCESS", "FAILURE", "RETRY", "REVOKED"];
const LOCAL = ["queued", "in_progress", "completed", "failed", "retrying"];
const MARKS = ["orphaned", "stuck"];

/** What the search calls the states of items. */
const SEARCHED: Record<string, string> = {
  queued: "received",
  in_progress: "started",
  completed: "succeeded",
  skipped: "succeeded",
  retrying: "retried",
  dropped: "rejected",
  cancelled: "revoked",
};
const searchFor = (state: string) => `state:${SEARCHED[state] ?? state}`;

export function StateChips() {
  const states = frame.value?.states ?? {};
  const usual = info.value?.kind === "pipeline" ? LOCAL : CLUSTER;
  const others = Object.keys(states).filter((state) => !usual.includes(state));
  const words = setting("search").split(/\s+/).filter(Boolean);
  const toggle = (state: string) => {
    const word = searchFor(state);
    const rest = words.filter((one) => !/^state:/.test(one));
    setQuery({ search: (words.includes(word) ? rest : [word, ...rest]).join(" ") });
  };
  return (
    <div class="chips">
      {[...usual, ...others, ...MARKS].map((state) => {
        const { word, shape, tone } = lookOf(state);
        return (
          <button
            key={state}
            type="button"
            class="chip"
            aria-pressed={words.includes(searchFor(state))}
            onClick={() => toggle(state)}
          >
            <span class={`tone-${tone}`}>
              <ShapeIcon shape={shape} size={12} />
            </span>
            {word}
            {state in states && <span class="tally">{short(states[state])}</span>}
          </button>
        );
      })}
    </div>
  );
}
