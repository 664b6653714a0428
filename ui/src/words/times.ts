// Moments as people read them, in the browser's time zone.
import { coarse, NONE } from "./figures";

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const full = new Intl.DateTimeFormat("en-GB", {
  year: "numeric",
  month: "short",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});
const day = new Intl.DateTimeFormat("en-GB", { month: "short", day: "2-digit" });

/** `14:03:22`, with the day where it is not today's. */
export function moment(at: number | null | undefined, now: number): string {
  if (at === null || at === undefined) return NONE;
  const date = new Date(at * 1000);
  const today = new Date(now * 1000).toDateString() === date.toDateString();
  return today ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

/** `14:03:22.184` */
export function precise(at: number): string {
  const milliseconds = String(Math.floor((at % 1) * 1000)).padStart(3, "0");
  return `${clock.format(new Date(at * 1000))}.${milliseconds}`;
}

/** The whole date, for titles. */
export function fullDate(at: number | null | undefined): string {
  return at === null || at === undefined ? "" : full.format(new Date(at * 1000));
}

/** `12 s ago`, `in 3 m`. */
export function ago(at: number | null | undefined, now: number): string {
  if (at === null || at === undefined) return NONE;
  const age = now - at;
  if (age < -1) return `in ${coarse(-age)}`;
  return age < 1 ? "now" : `${coarse(age)} ago`;
}
