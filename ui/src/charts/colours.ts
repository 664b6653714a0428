// The style sheet's colours for canvases, read again when the theme changes.
import { computed } from "@preact/signals";
import { dark } from "../state/preferences";

const NAMES = [
  "text",
  "soft",
  "line",
  "line-strong",
  "sunk",
  "surface",
  "accent",
  "fill-ok",
  "fill-run",
  "fill-warn",
  "fill-bad",
  "fill-calm",
] as const;

export type Colours = Record<(typeof NAMES)[number], string> & { font: string };

export const colours = computed<Colours>(() => {
  document.documentElement.dataset.theme = dark() ? "dark" : "light";
  const style = getComputedStyle(document.documentElement);
  const found = Object.fromEntries(
    NAMES.map((name) => [name, style.getPropertyValue(`--${name}`)]),
  );
  return { ...found, font: getComputedStyle(document.body).fontFamily } as Colours;
});

/** A canvas context scaled so that one unit is one CSS pixel; null before it is laid out. */
export function scaled(canvas: HTMLCanvasElement, height: number): CanvasRenderingContext2D | null {
  const width = canvas.clientWidth;
  const context = canvas.getContext("2d");
  if (!context || !width) return null;
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
