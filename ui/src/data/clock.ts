// The server's clock as far as the page can tell, and a signal that moves once a second.
import { signal } from "@preact/signals";

let offset = 0;
let best = Number.POSITIVE_INFINITY;

/** Learns from a frame's time: the smallest difference has the least delay in it. */
export function learnTime(at: number): void {
  const difference = Date.now() / 1000 - at;
  best = Math.min(best + 0.001, difference);
  offset = best;
}

/** The server's time, in Unix seconds. */
export function serverNow(): number {
  return Date.now() / 1000 - offset;
}

/** The server's time, moved on once a second while the page is seen. */
export const now = signal(serverNow());

setInterval(() => {
  if (!document.hidden) now.value = serverNow();
}, 1000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) now.value = serverNow();
});
