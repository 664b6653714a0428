// Keys: `/` search, `?` help, `g` then a letter goes to a page. Rows (j, k, Enter) are the tables'.
import { signal } from "@preact/signals";
import { go, href } from "./address";
import { current } from "./sources";

export const helpShown = signal(false);
const CHORD = 1200;
let chordAt = 0;

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
    if (press(event.key)) event.preventDefault();
  });
}

function press(key: string): boolean {
  const chord = Date.now() - chordAt < CHORD;
  chordAt = 0;
  const page = chord ? GO_TO[key]?.[1] : undefined;
  if (page) go(href(page === "/pipelines" ? `${page}/${encodeURIComponent(current.value)}` : page));
  else if (key === "g") chordAt = Date.now();
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
