// Paints a lane per worker: what it did in the last minute, with gaps where it idled.
import type { WorkerView } from "../records/records";
import { type Bar, LANE_SECONDS, type Lane } from "../state/lanes";
import { duration } from "../words/figures";
import { middle } from "../words/text";
import type { Colours } from "./colours";

export const AXIS = 18;

export interface LaneLayout {
  left: number;
  width: number;
  height: number; // of one lane
}

export function layout(width: number, workers: WorkerView[]): LaneLayout {
  const lanes = workers.length;
  const slots = Math.min(16, Math.max(1, ...workers.map((worker) => worker.concurrency ?? 1)));
  const left = width < 520 ? 116 : 190;
  return {
    left,
    width: width - left - 12,
    height: Math.max(lanes > 40 ? 18 : 24, (lanes === 1 ? 15 : lanes > 40 ? 4 : 6) * slots + 6),
  };
}

export interface Scene {
  workers: WorkerView[];
  lane: (worker: string) => Lane;
  now: number;
  look: Colours;
  size: number; // of the font, in pixels
}

export function paintLanes(paint: CanvasRenderingContext2D, scene: Scene, place: LaneLayout): void {
  paint.font = `${scene.size}px ${scene.look.font}`;
  paint.textBaseline = "middle";
  scene.workers.forEach((worker, index) => {
    const top = AXIS + index * place.height;
    paintName(paint, worker, top, place, scene);
    const { bars, since } = scene.lane(worker.name);
    paintGround(paint, since, top, place, scene);
    const [slots, count] = packed(bars, worker.concurrency ?? 1);
    bars.forEach((bar, at) => {
      const tall = (place.height - 6) / count;
      const box = { top: top + 3 + (slots[at] ?? 0) * tall, tall: count > 1 ? tall - 1 : tall };
      paintBar(paint, bar, box, place, scene);
    });
  });
  paintAxis(paint, place, scene);
}

/** No bar means idle only where the worker was watched; before, a thin line. */
function paintGround(
  paint: CanvasRenderingContext2D,
  since: number,
  top: number,
  place: LaneLayout,
  scene: Scene,
): void {
  const share = Math.min(1, Math.max(0, (scene.now - since) / LANE_SECONDS));
  const from = place.left + place.width * (1 - share);
  paint.fillStyle = scene.look["line-strong"];
  paint.fillRect(place.left, top + place.height / 2, from - place.left, 1);
  paint.fillStyle = scene.look.sunk;
  paint.fillRect(from, top + 2, place.left + place.width - from, place.height - 4);
}

interface Box {
  top: number;
  tall: number;
}

/** Side by side what ran at the same time: a slot for each bar, and how many there are. */
export function packed(bars: Bar[], slots: number): [number[], number] {
  const most = Math.max(1, Math.min(16, slots));
  const ends: number[] = [];
  const places = bars.map((bar) => {
    const free = ends.findIndex((end) => end <= bar.start + 0.001);
    const slot = free < 0 ? Math.min(ends.length, most - 1) : free;
    ends[slot] = bar.end ?? Number.POSITIVE_INFINITY;
    return slot;
  });
  return [places, most];
}

function paintName(
  paint: CanvasRenderingContext2D,
  worker: WorkerView,
  top: number,
  place: LaneLayout,
  scene: Scene,
): void {
  const away = worker.status === "offline" || worker.status === "paused";
  paint.fillStyle = away ? scene.look.soft : scene.look.text;
  paint.textAlign = "left";
  const text = away ? `${worker.name} (${worker.status})` : worker.name;
  paint.fillText(fitted(paint, text, place.left - 20), 12, top + place.height / 2);
}

function paintBar(
  paint: CanvasRenderingContext2D,
  bar: Bar,
  box: Box,
  place: LaneLayout,
  scene: Scene,
): void {
  const x = (at: number) => place.left + place.width * (1 - (scene.now - at) / LANE_SECONDS);
  const start = Math.max(place.left, x(bar.start));
  const end = Math.min(place.left + place.width, x(bar.end ?? scene.now));
  if (end <= place.left) return;
  const width = Math.max(1, end - start - 0.5);
  paint.globalAlpha = bar.end === null ? 1 : 0.62;
  paint.fillStyle = fillOf(bar, scene.look);
  paint.fillRect(start, box.top, width, Math.max(1, box.tall));
  paint.globalAlpha = 1;
  if (bar.stuck) {
    paint.strokeStyle = scene.look.text;
    paint.lineWidth = 1.5;
    paint.strokeRect(start + 0.75, box.top + 0.75, width - 1.5, box.tall - 1.5);
  }
  if (bar.end === null && width > 70 && box.tall > 11)
    paintLabel(paint, bar, start, width, box, scene);
}

function paintLabel(
  paint: CanvasRenderingContext2D,
  bar: Bar,
  start: number,
  width: number,
  box: Box,
  scene: Scene,
): void {
  paint.fillStyle = "#0b1017";
  paint.textAlign = "right";
  const text = `${bar.name ?? bar.id} · ${duration(Math.max(0, scene.now - bar.start))}`;
  paint.fillText(fitted(paint, text, width - 12), start + width - 6, box.top + box.tall / 2 + 0.5);
}

function fillOf(bar: Bar, look: Colours): string {
  if (bar.failed) return look["fill-bad"];
  if (bar.stuck) return look["fill-warn"];
  return bar.waits ? look["fill-calm"] : look["fill-run"];
}

function paintAxis(paint: CanvasRenderingContext2D, place: LaneLayout, scene: Scene): void {
  paint.fillStyle = scene.look.soft;
  paint.textAlign = "center";
  const step = place.width < 320 ? 30 : 15;
  for (let past = 0; past <= LANE_SECONDS; past += step) {
    const x = place.left + place.width * (1 - past / LANE_SECONDS);
    paint.textAlign = past === 0 ? "right" : past === LANE_SECONDS ? "left" : "center";
    paint.fillText(past ? `−${past} s` : "now", x, AXIS / 2);
  }
}

const fits = new Map<string, string>();

/** The text cut to a width, both ends kept: names differ at either; measuring is dear, so what was measured is kept. */
function fitted(paint: CanvasRenderingContext2D, text: string, room: number): string {
  const key = `${Math.round(room / 8)} ${paint.font.length} ${text}`;
  const known = fits.get(key);
  if (known !== undefined) return known;
  let length = Math.min(text.length, 200);
  let result = middle(text, length);
  while (length > 1 && paint.measureText(result).width > room) {
    length = Math.min(length - 1, Math.floor(length * 0.9));
    result = middle(text, length);
  }
  if (fits.size > 2000) fits.clear();
  fits.set(key, result);
  return result;
}
