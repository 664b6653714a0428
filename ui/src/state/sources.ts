// The sources, the one on screen, their newest frames, and who is looking.
import { batch, computed, type Signal, signal } from "@preact/signals";
import { get, words } from "../data/client";
import { link, Stream } from "../data/stream";
import type { RawEvent, Session, SourceInfo, Verb } from "../records/api";
import type { Frame } from "../records/records";
import { onPath, place, setting } from "./address";
import { remember } from "./lanes";
import { note } from "./series";

export const sources = signal<SourceInfo[]>([]);
export const session = signal<Session | null>(null);
export const loadError = signal("");

const frames = new Map<string, Signal<Frame | null>>();
const listeners = new Set<(event: RawEvent) => void>();

/** The newest frame of a source; null until the first came. */
export function frameOf(name: string): Signal<Frame | null> {
  let held = frames.get(name);
  if (!held) {
    held = signal(null);
    frames.set(name, held);
  }
  return held;
}

const isKnown = (name: string) => sources.value.some((source) => source.name === name);

/** The source that the address names; empty: none. */
const named = computed(() => onPath() || setting("source"));

/** Name of the source on screen: named by the address, else the first. */
export const current = computed(() =>
  isKnown(named.value) ? named.value : (sources.value[0]?.name ?? ""),
);

/** A source that the address names and nobody knows; empty: none. */
export const missing = computed(() => (isKnown(named.value) ? "" : named.value));

export const info = computed(() => sources.value.find((source) => source.name === current.value));
export const frame = computed(() => frameOf(current.value).value);

const RANK = { viewer: 0, operator: 1, admin: 2 };

/** Whether the one who looks may do this. */
export function may(verb: Verb): boolean {
  const who = session.value;
  return !!who && !who.read_only && RANK[who.role] >= RANK[verb.role];
}

/** Has every raw event of the source on screen; returns what ends it. */
export function onEvent(callback: (event: RawEvent) => void): () => void {
  listeners.add(callback);
  follow();
  return () => {
    listeners.delete(callback);
    follow();
  };
}

const stream = new Stream(
  (name, next) =>
    batch(() => {
      frameOf(name).value = next;
      remember(name, next);
      note(name, next);
    }),
  (name, event) => {
    if (name === current.value) for (const tell of listeners) tell(event as RawEvent);
  },
);

/** Tries to connect again at once. */
export function reconnect(): void {
  if (sources.value.length) stream.open();
  else void load();
}

/** Pages that show all sources. */
export const OF_ALL = ["/", "/about"];

/** Follows what the page on screen needs: all sources, or the one on screen. */
export function follow(): void {
  const all = sources.value.map((source) => source.name);
  const wanted = OF_ALL.includes(place.value.path) ? all : [current.value];
  stream.follow(wanted.filter(Boolean), listeners.size > 0);
}

let retry = 0;

/** Asks the server who looks and what there is to see; again every 5 s until it answers. */
export async function load(): Promise<void> {
  clearTimeout(retry);
  try {
    const [who, what] = await Promise.all([get<Session>("session"), get<SourceInfo[]>("sources")]);
    batch(() => {
      session.value = who;
      sources.value = what;
      loadError.value = what.length ? "" : "The server shows no sources.";
    });
  } catch (error) {
    loadError.value = words(error);
    link.value = "lost";
    clearTimeout(retry); // of another who asked meanwhile
    retry = window.setTimeout(load, 5000);
  }
}
