// Keys: `/` search, `?` help, `g` then a letter goes to a page. Rows (j, k, Enter) are the tables'.
import { signal } from "@preact/signals";
import { go, href } from "./address";
import { current } from "./sources";

export const helpShown = signal(false);
const CHORD = 1200;
let chordAt = Number.NEGATIVE_INFINITY;

export const GO_TO: Record<string, [string, string]> = {
  o: ["Overview", "/"],
  p: ["Flow", "/pipelines"],
  w: ["Workers", "/workers"],
  t: ["Tasks", "/tasks"],
  q: ["Queues", "/queues"],
  f: ["Failures", "/failures"],
  e: ["Events", "/events"],
  s: ["Schedule", "/schedule"],
  a: ["About", "/about"],
};

function writing(target: EventTarget | null): boolean {
  const fields = "input:not([type=checkbox]), textarea, select, dialog";
  return target instanceof HTMLElement && !!target.closest(fields);
}

/** Handles the keys that work on every page. */
export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    if (press(event.key, event.timeStamp)) event.preventDefault();
  });
}

/** At is when the key was pressed, however late a busy page gets to hear of it. */
function press(key: string, at: number): boolean {
  const chord = at - chordAt < CHORD;
  chordAt = Number.NEGATIVE_INFINITY;
  const page = chord ? GO_TO[key]?.[1] : undefined;
  if (page) go(href(page === "/pipelines" ? `${page}/${encodeURIComponent(current.value)}` : page));
  else if (key === "g") chordAt = at;
  else if (key === "?") helpShown.value = true;
  else if (key === "/") return toSearch();
  else return false;
  return true;
}

function toSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>("[data-search]");
  if (field) {
    field.focus();
    field.select();
  } else {
    go(href("/tasks", { focus: "search" }));
  }
  return true;
}
