// The time range of charts; the address holds it.
import { setQuery, setting } from "../state/address";

const RANGES: Record<string, number> = { "1m": 60, "5m": 300, "15m": 900 };

export function useRange(): number {
  return RANGES[setting("range", "1m")] ?? 60;
}

export function RangeChoice() {
  const now = setting("range", "1m");
  return (
    <fieldset class="chips plain" aria-label="Time range">
      {Object.keys(RANGES).map((range) => (
        <button
          key={range}
          type="button"
          class="chip"
          aria-pressed={now === range}
          onClick={() => setQuery({ range: range === "1m" ? null : range })}
        >
          {range.replace("m", " min")}
        </button>
      ))}
    </fieldset>
  );
}
