// Lines over time, by uPlot on a canvas.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { now } from "../data/clock";
import { density } from "../state/preferences";
import type { Series } from "../state/series";
import { moment } from "../words/times";
import { colours } from "./colours";

export interface Line {
  key: string;
  title: string;
}

interface ChartProps {
  label: string;
  series: () => Series;
  lines: Line[];
  seconds: number;
  format: (value: number) => string;
  height?: number;
  /** Whether there are no parts of one, and so none on the axis. */
  whole?: boolean;
}

/** Of the lines, in their order. */
const TONES = ["run", "warn", "ok", "bad", "calm"] as const;

export function Chart(props: ChartProps) {
  const { label, series, lines, seconds, height = 170 } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const keys = lines.map((line) => line.key).join(" ");
  const fill = () => plot.current?.setData(dataOf(series(), lines, seconds));
  const theme = colours.value;
  const spacing = density.value;
  useEffect(() => {
    const host = box.current;
    if (!host) return;
    const made = new uPlot(
      options(host.clientWidth, height, props),
      dataOf(series(), lines, seconds),
      host,
    );
    plot.current = made;
    const resize = new ResizeObserver(() => {
      if (host.clientWidth) made.setSize({ width: host.clientWidth, height });
    });
    resize.observe(host);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [keys, seconds, theme, spacing, height]);
  useSignalEffect(() => {
    now.value;
    fill();
  });
  return (
    <div class="chart">
      <div ref={box} role="img" aria-label={label} />
    </div>
  );
}

function dataOf(series: Series, lines: Line[], seconds: number): uPlot.AlignedData {
  const from = (series.at[series.at.length - 1] ?? 0) - seconds;
  const start = Math.max(
    0,
    series.at.findIndex((at) => at >= from),
  );
  const at = series.at.slice(start);
  return [
    at,
    ...lines.map((line) => lined(series.values.get(line.key), start, at.length)),
  ] as uPlot.AlignedData;
}

function lined(
  values: (number | null)[] | undefined,
  start: number,
  length: number,
): (number | null)[] {
  const cut = values?.slice(start) ?? [];
  return cut.length === length
    ? cut
    : [...new Array(Math.max(0, length - cut.length)).fill(null), ...cut];
}

const WHOLE = [1, 10, 100, 1e3, 1e4, 1e5, 1e6].flatMap((one) => [one, 2 * one, 5 * one]);

function options(width: number, height: number, props: ChartProps): uPlot.Options {
  const { lines, seconds, format, whole } = props;
  const look = colours.value;
  const axis = {
    stroke: look.soft,
    font: `11px ${look.font}`,
    grid: { stroke: look.line, width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: {
      x: { range: (_plot, _first, last) => [(last || 0) - seconds, last || 0] },
      y: { range: (_plot, _low, high) => [0, Math.max(high || 1, whole ? 1 : 0.001) * 1.15] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 90,
        values: (_plot, ticks) => ticks.map(hour),
      },
      {
        ...axis,
        size: 58,
        incrs: whole ? WHOLE : undefined,
        values: (_plot, ticks) => ticks.map(format),
      },
    ],
    series: [
      {},
      ...lines.map((line, index) => {
        const stroke = look[`fill-${toneOf(index)}`];
        return {
          label: line.title,
          stroke,
          width: 1.75,
          fill: lines.length === 1 ? `${stroke.trim()}22` : undefined,
          points: { show: false },
        };
      }),
    ],
  };
}

const hour = (at: number) => moment(at, at);
const toneOf = (index: number) => TONES[index % TONES.length] ?? "run";

/** The names of a chart's lines, in their colours. */
export function ChartLegend({ lines }: { lines: Line[] }) {
  return (
    <div class="legend">
      {lines.map((line, index) => (
        <span key={line.key}>
          <i class={`tone-${toneOf(index)}`} />
          {line.title}
        </span>
      ))}
    </div>
  );
}
