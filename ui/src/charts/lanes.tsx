// Worker lanes on a canvas; beyond 100 workers a heat map. The table of workers says the same.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { serverNow } from "../data/clock";
import type { WorkerView } from "../records/records";
import { go, href } from "../state/address";
import { LANE_SECONDS, laneOf } from "../state/lanes";
import { frameOf } from "../state/sources";
import { duration, many } from "../words/figures";
import { colours, scaled } from "./colours";
import { Heat } from "./heat";
import { AXIS, layout, packed, paintLanes } from "./lanepaint";
import { useRecall } from "./recall";

interface LanesProps {
  source: string;
  workers: WorkerView[];
}

export const MOST_LANES = 100;

export function Lanes({ source, workers }: LanesProps) {
  return workers.length > MOST_LANES ? (
    <Heat source={source} workers={workers} />
  ) : (
    <LaneCanvas source={source} workers={workers} />
  );
}

interface Tip {
  x: number;
  y: number;
  text: string;
}

function LaneCanvas({ source, workers }: LanesProps) {
  useRecall(source, workers);
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = useRef(workers);
  shown.current = workers;
  const [tip, setTip] = useState<Tip | null>(null);
  const draw = () => {
    const board = canvas.current;
    if (!board) return;
    const place = layout(board.clientWidth, shown.current);
    const paint = scaled(board, AXIS + place.height * shown.current.length);
    const size = Number.parseFloat(getComputedStyle(board).fontSize) * 0.86;
    if (paint)
      paintLanes(
        paint,
        {
          workers: shown.current,
          lane: (worker) => laneOf(source, worker),
          now: serverNow(),
          look: colours.value,
          size,
        },
        place,
      );
  };
  useSignalEffect(() => {
    frameOf(source).value;
    colours.value;
    requestAnimationFrame(draw);
  });
  useEffect(() => {
    const resize = new ResizeObserver(draw);
    if (canvas.current) resize.observe(canvas.current);
    return () => resize.disconnect();
  }, []);

  const at = (event: MouseEvent) => {
    const board = canvas.current;
    if (!board) return null;
    const place = layout(board.clientWidth, shown.current);
    const worker = shown.current[Math.floor((event.offsetY - AXIS) / place.height)];
    if (!worker) return null;
    const past = LANE_SECONDS * (1 - (event.offsetX - place.left) / place.width);
    const when = serverNow() - past;
    const bars = event.offsetX < place.left ? [] : laneOf(source, worker.name).bars;
    const [slots, count] = packed(bars, worker.concurrency ?? 1);
    const slot = Math.floor((((event.offsetY - AXIS) % place.height) / place.height) * count);
    const bar = bars.find(
      (one, index) =>
        slots[index] === slot && one.start <= when && when <= (one.end ?? serverNow()),
    );
    const seen = when >= laneOf(source, worker.name).since;
    return { worker, bar, seen };
  };
  const point = (event: MouseEvent) => {
    const hit = at(event);
    if (!hit) return setTip(null);
    const { worker, bar, seen } = hit;
    const took = bar ? duration((bar.end ?? serverNow()) - bar.start) : "";
    const text = bar
      ? `${worker.name}: ${bar.name ?? ""} ${bar.id} — ${took}`
      : `${worker.name}: ${seen ? worker.status : "not watched then"}`;
    setTip({
      x: Math.min(event.offsetX + 14, (canvas.current?.clientWidth ?? 400) - 260),
      y: event.offsetY + 18,
      text,
    });
  };
  const open = (event: MouseEvent) => {
    const hit = at(event);
    if (hit?.bar) go(href(`/task/${encodeURIComponent(hit.bar.id)}`));
    else if (hit) go(href(`/worker/${encodeURIComponent(hit.worker.name)}`));
  };
  return (
    <div class="lanes">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`What ${many(workers.length, "worker")} did in the last minute; the table of workers says the same`}
        onMouseMove={point}
        onMouseLeave={() => setTip(null)}
        onClick={open}
      />
      {tip && (
        <div class="tip" style={{ left: `${Math.max(4, tip.x)}px`, top: `${tip.y}px` }}>
          {tip.text}
        </div>
      )}
    </div>
  );
}

export function LaneLegend() {
  return (
    <div class="legend">
      <span>
        <i /> runs
      </span>
      <span>
        <i class="tone-calm" /> waits
      </span>
      <span>
        <i class="tone-warn" /> over 5 × p95
      </span>
      <span>
        <i class="tone-bad" /> failed
      </span>
      <span>
        <i class="tone-sunk" /> idle
      </span>
      <span>
        <i class="not-watched" /> not watched
      </span>
    </div>
  );
}
