// Small lines and bars that stand in a row of text. The figures beside them say it in words.
import type { Tone } from "../words/states";

interface SparkProps {
  values: readonly number[];
  label: string;
  width?: number;
  height?: number;
  tone?: Tone;
  /** How many values fill the width; fewer stand at its right. All of them by default. */
  room?: number;
}

export function Spark({ values, label, width = 120, height = 28, tone, room = 0 }: SparkProps) {
  const top = Math.max(...values, 1e-9);
  const steps = Math.max(room, values.length, 2) - 1;
  const step = width / steps;
  const left = (steps + 1 - values.length) * step;
  const points = values.map(
    (value, index) => `${(left + index * step).toFixed(1)},${y(value, top, height)}`,
  );
  return (
    <svg
      class={`spark${tone ? ` tone-${tone}` : ""}`}
      width={width}
      height={height}
      role="img"
      aria-label={label}
    >
      {values.length > 1 && (
        <>
          <path
            d={`M${left.toFixed(1)},${height}L${points.join("L")}L${width},${height}Z`}
            fill="currentColor"
            opacity="0.14"
          />
          <path
            d={`M${points.join("L")}`}
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
            stroke-linejoin="round"
          />
        </>
      )}
    </svg>
  );
}

function y(value: number, top: number, height: number): string {
  return (height - 1.5 - (value / top) * (height - 3)).toFixed(1);
}

/** Counts per minute as bars. */
export function Bars({ values, label, width = 120, height = 22, tone = "bad" }: SparkProps) {
  const top = Math.max(...values, 1);
  const step = width / Math.max(values.length, 1);
  return (
    <svg class={`spark tone-${tone}`} width={width} height={height} role="img" aria-label={label}>
      <path d={`M0,${height - 0.5}H${width}`} stroke="currentColor" opacity="0.3" />
      {values.map((value, index) => {
        const tall = value ? Math.max(2, (value / top) * (height - 1)) : 0;
        return (
          <rect
            key={index}
            x={index * step}
            y={height - tall}
            width={Math.max(1, step - 0.6)}
            height={tall}
            fill="currentColor"
          />
        );
      })}
    </svg>
  );
}
