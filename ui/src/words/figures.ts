// Figures as people read them. Always the same width of digits; a dash where nothing is known.

export const NONE = "–";
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : whole.format(value);
}

/** 12,345 → 12.3k; for narrow places. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  if (value < 10_000) return whole.format(value);
  if (value < 1e6) return `${trim(value / 1e3)}k`;
  return value < 1e9 ? `${trim(value / 1e6)}M` : `${trim(value / 1e9)}G`;
}

function trim(value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** A rate, per second. */
export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  if (value === 0) return "0";
  if (value < 0.1) return value.toFixed(2);
  return value < 100 ? value.toFixed(1) : whole.format(value);
}

export function percent(share: number | null | undefined, places = 0): string {
  if (share === null || share === undefined || Number.isNaN(share)) return NONE;
  const value = share * 100;
  if (value > 0 && value < 0.1) return "<0.1 %";
  return `${value.toFixed(value < 10 && value > 0 ? Math.max(1, places) : places)} %`;
}

/** Seconds as `340 µs`, `12 ms`, `1.25 s`, `4 m 10 s`, `2 h 5 m`, `3 d 4 h`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return NONE;
  if (seconds < 0.0005) return seconds <= 0 ? "0 s" : `${(seconds * 1e6).toFixed(0)} µs`;
  if (seconds < 1) return `${(seconds * 1e3).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  return coarse(seconds);
}

/** The same without parts of a second, for ages and what is left. */
export function coarse(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return NONE;
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return two(Math.floor(s / 60), "m", s % 60, "s");
  if (s < 86_400) return two(Math.floor(s / 3600), "h", Math.floor((s % 3600) / 60), "m");
  return two(Math.floor(s / 86_400), "d", Math.floor((s % 86_400) / 3600), "h");
}

function two(big: number, unit: string, small: number, part: string): string {
  return small ? `${big} ${unit} ${small} ${part}` : `${big} ${unit}`;
}

export function many(value: number, one: string, several = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : several}`;
}
