// Many workers at a glance: a row of cells a worker, one a second, the fuller the busier.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { serverNow } from "../data/clock";
import type { WorkerView } from "../records/records";
import { go, href } from "../state/address";
import { type Bar, LANE_SECONDS, laneOf } from "../state/lanes";
import { frameOf } from "../state/sources";
import { duration, many, percent } from "../words/figures";
import { colours, scaled } from "./colours";

const CELL = 7;
const SLICES = 30;
const LEFT = 12;

export function Heat({ source, workers }: { source: string; workers: WorkerView[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = useRef(workers);
  shown.current = workers;
  const drawn = useRef(0);
  const [tip, setTip] = useState<{ x: number; y: number; text: string } | null>(null);

  const draw = (force: boolean) => {
    const board = canvas.current;
    if (!board || (!force && performance.now() - drawn.current < 900)) return;
    drawn.current = performance.now();
    const paint = scaled(board, CELL * shown.current.length);
    if (!paint) return;
    const width = (board.clientWidth - 2 * LEFT) / SLICES;
    const now = serverNow();
    shown.current.forEach((worker, row) => {
      const { bars, since } = laneOf(source, worker.name);
      const shares = busy(bars, now, worker.concurrency ?? 1);
      const known = Math.min(SLICES, Math.ceil((SLICES * (now - since)) / LANE_SECONDS));
      paint.globalAlpha = 1;
      paint.fillStyle = colours.value.sunk;
      if (known > 0)
        paint.fillRect(LEFT + (SLICES - known) * width, row * CELL, known * width, CELL);
      paint.fillStyle = toneOf(worker);
      shares.forEach((share, column) => {
        if (!share) return;
        paint.globalAlpha = 0.2 + 0.8 * share;
        paint.fillRect(LEFT + column * width, row * CELL, width - 1, CELL - 1);
      });
    });
    paint.globalAlpha = 1;
  };
  const toneOf = (worker: WorkerView) =>
    colours.value[worker.running.some((task) => task.stuck) ? "fill-warn" : "fill-run"];

  useSignalEffect(() => {
    frameOf(source).value;
    requestAnimationFrame(() => draw(false));
  });
  useSignalEffect(() => {
    colours.value;
    requestAnimationFrame(() => draw(true));
  });
  useEffect(() => {
    const resize = new ResizeObserver(() => draw(true));
    if (canvas.current) resize.observe(canvas.current);
    return () => resize.disconnect();
  }, []);

  const at = (event: MouseEvent) => shown.current[Math.floor(event.offsetY / CELL)];
  const point = (event: MouseEvent) => {
    const worker = at(event);
    if (!worker) return setTip(null);
    const { bars, since } = laneOf(source, worker.name);
    const shares = busy(bars, serverNow(), worker.concurrency ?? 1);
    const watched = Math.min(LANE_SECONDS, Math.max(1, serverNow() - since));
    const spent = shares.reduce((sum, share) => sum + share, 0) * (LANE_SECONDS / SLICES);
    const text = `${worker.name}: ${worker.status}, ${worker.active} running, busy ${percent(Math.min(1, spent / watched))} of the last ${duration(watched)}`;
    setTip({
      x: Math.min(event.offsetX + 14, (canvas.current?.clientWidth ?? 400) - 260),
      y: event.offsetY + 16,
      text,
    });
  };
  return (
    <div class="lanes">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`How busy ${many(workers.length, "worker")} were in the last minute; the table of workers says the same`}
        onMouseMove={point}
        onMouseLeave={() => setTip(null)}
        onClick={(event) => {
          const worker = at(event);
          if (worker) go(href(`/worker/${encodeURIComponent(worker.name)}`));
        }}
      />
      {tip && (
        <div class="tip" style={{ left: `${Math.max(4, tip.x)}px`, top: `${tip.y}px` }}>
          {tip.text}
        </div>
      )}
    </div>
  );
}

/** Share of its slots that a worker used, per slice of the last minute, oldest first. */
function busy(bars: Bar[], now: number, slots: number): number[] {
  const shares = new Array<number>(SLICES).fill(0);
  const slice = LANE_SECONDS / SLICES;
  const from = now - LANE_SECONDS;
  for (const bar of bars) {
    const start = Math.max(from, bar.start);
    const end = Math.min(now, bar.end ?? now);
    for (
      let at = Math.floor((start - from) / slice);
      at < SLICES && from + at * slice < end;
      at++
    ) {
      const left = Math.max(start, from + at * slice);
      const right = Math.min(end, from + (at + 1) * slice);
      shares[at] = Math.min(1, (shares[at] ?? 0) + Math.max(0, right - left) / slice / slots);
    }
  }
  return shares;
}
