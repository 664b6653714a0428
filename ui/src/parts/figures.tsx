// Figures with a name, meters, ages that move by themselves.
import type { ComponentChildren } from "preact";
import { now } from "../data/clock";
import { coarse } from "../words/figures";
import type { Tone } from "../words/states";
import { ago, fullDate, moment } from "../words/times";

interface FigureProps {
  label: string;
  hint?: ComponentChildren;
  tone?: Tone;
  wide?: boolean;
  /** A text or a moment, which needs less size than a figure. */
  text?: boolean;
  children: ComponentChildren;
}

export function Figure({ label, hint, tone, wide, text, children }: FigureProps) {
  return (
    <div class={wide ? "figure wide" : "figure"}>
      <div class="label">{label}</div>
      <div class={`value${text ? " text" : ""}${tone ? ` tone-${tone}` : ""}`}>{children}</div>
      {hint !== undefined && <div class="hint">{hint}</div>}
    </div>
  );
}

interface MeterProps {
  share: number;
  label: string;
  tone?: Tone;
  thick?: boolean;
}

export function Meter({ share, label, tone = "run", thick }: MeterProps) {
  const held = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));
  return (
    <div
      class={`meter tone-${tone}${thick ? " thick" : ""}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(held * 100)}
    >
      <i style={{ width: `${held * 100}%` }} />
    </div>
  );
}

/** `12 s ago`, kept true. */
export function Ago({ at }: { at: number | null | undefined }) {
  return <span title={fullDate(at)}>{ago(at, now.value)}</span>;
}

/** How long it is since then, kept true. */
export function Since({ at }: { at: number | null | undefined }) {
  const age = at === null || at === undefined ? null : Math.max(0, now.value - at);
  return <span title={fullDate(at)}>{coarse(age)}</span>;
}

export function Moment({ at }: { at: number | null | undefined }) {
  return <span title={fullDate(at)}>{moment(at, now.value)}</span>;
}
