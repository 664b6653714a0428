// Small pictures, drawn with the text's colour.
import type { Shape } from "../words/states";

const SHAPES: Record<Shape, string> = {
  tick: "M3 8.5l3.2 3.2L13 4.8",
  cross: "M4 4l8 8M12 4l-8 8",
  dot: "M8 8h.01",
  ring: "M8 3.5a4.5 4.5 0 110 9 4.5 4.5 0 010-9z",
  play: "M5 3.5l7.5 4.5L5 12.5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  loop: "M12.8 6A5.2 5.2 0 103 10.2M13 2.8V6.2H9.6",
  bang: "M8 2.2L14.6 13.6H1.4zM8 6.4v3.2M8 11.6h.01",
  bar: "M3.5 8h9",
  gone: "M8 2.5a5.5 5.5 0 110 11 5.5 5.5 0 010-11zM4.2 4.2l7.6 7.6",
};

const PATHS = {
  home: "M2.5 7L8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z",
  flow: "M1.5 5.5h4v5h-4zM10.5 5.5h4v5h-4zM5.5 8h5M8.7 6.2L10.5 8 8.7 9.8",
  workers: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01",
  tasks: "M2.5 4h1M2.5 8h1M2.5 12h1M6 4h7.5M6 8h7.5M6 12h7.5",
  queues: "M2.5 4.5L8 2l5.5 2.5L8 7zM2.5 8L8 10.5 13.5 8M2.5 11.5L8 14l5.5-2.5",
  failures: "M8 2.2L14.6 13.6H1.4zM8 6.4v3.2M8 11.6h.01",
  events: "M1.5 8h3l2-5 3 10 2-5h3",
  schedule: "M8 2a6 6 0 110 12A6 6 0 018 2zM8 4.8V8l2.2 1.6",
  about: "M8 2a6 6 0 110 12A6 6 0 018 2zM8 7.4v3.4M8 5.2h.01",
  search: "M7 2.5a4.5 4.5 0 110 9 4.5 4.5 0 010-9zM10.4 10.4l3.4 3.4",
  sun: "M8 5a3 3 0 110 6 3 3 0 010-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13 9.8A5.6 5.6 0 016.2 3a5.5 5.5 0 106.8 6.8z",
  auto: "M8 2a6 6 0 110 12A6 6 0 018 2zM8 2v12M8 5l3.5 6M8 8l4.6 2",
  rows: "M2 4h12M2 8h12M2 12h12",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
  arrow: "M1 8h28M24 3.5L29 8l-5 4.5",
  close: "M4 4l8 8M12 4l-8 8",
  save: "M8 2.5v7.5M4.8 7L8 10.2 11.2 7M2.5 13.5h11",
  logo: "M1.5 8H5M11 8h3.5M6 4.5L9.5 8 6 11.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({
  name,
  size = 16,
  wide = false,
}: {
  name: IconName;
  size?: number;
  wide?: boolean;
}) {
  return (
    <svg
      width={wide ? size * 2 : size}
      height={size}
      viewBox={wide ? "0 0 32 16" : "0 0 16 16"}
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function ShapeIcon({ shape, size = 14 }: { shape: Shape; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill={shape === "play" ? "currentColor" : "none"}
      stroke="currentColor"
      stroke-width={shape === "dot" ? 6 : 2}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={SHAPES[shape]} />
    </svg>
  );
}
