// Figures over time since the page was opened, one point a second, for the charts.
import type { Frame } from "../records/records";

const KEPT = 900;

/** Times and, by name, figures; null where nothing was known. */
export interface Series {
  at: number[];
  values: Map<string, (number | null)[]>;
}

const bySource = new Map<string, Series>();

export function seriesOf(source: string): Series {
  let series = bySource.get(source);
  if (!series) {
    series = { at: [], values: new Map() };
    bySource.set(source, series);
  }
  return series;
}

/** Takes a frame's figures, at most once a second. */
export function note(source: string, frame: Frame): void {
  const series = seriesOf(source);
  const newest = series.at[series.at.length - 1];
  if (newest === undefined) backfill(series, frame);
  else if (frame.at - newest < 0.95) return;
  series.at.push(frame.at);
  const figures = figuresOf(frame);
  for (const [name, figure] of figures) {
    const line = series.values.get(name) ?? new Array(series.at.length - 1).fill(null);
    line.push(figure);
    series.values.set(name, line);
  }
  for (const [name, line] of series.values) {
    if (!figures.has(name)) line.push(null);
    if (line.length > KEPT) line.shift();
  }
  if (series.at.length > KEPT) series.at.shift();
}

/** The last minute's throughput is in the first frame. */
function backfill(series: Series, frame: Frame): void {
  const past = frame.totals.history.slice(0, -1);
  series.at = past.map((_, index) => frame.at - past.length + index);
  series.values.set("throughput", [...past]);
}

function figuresOf(frame: Frame): Map<string, number | null> {
  const figures = new Map<string, number | null>([["throughput", frame.totals.throughput]]);
  for (const group of frame.groups) {
    figures.set(`p95:${group.name}`, group.running_time.p95);
    figures.set(`queued:${group.name}`, group.queued);
  }
  for (const queue of frame.queues) figures.set(`messages:${queue.name}`, queue.messages);
  return figures;
}
