// Lanes know what the frames showed; what ended before and between them, the server remembers.
import { useEffect } from "preact/hooks";
import { get, ofSource } from "../data/client";
import { serverNow } from "../data/clock";
import type { Spans, WorkerView } from "../records/records";
import { recall, unknownSince } from "../state/lanes";
import { sources } from "../state/sources";

const EVERY = 5000;
const OVERLAP = 2; // seconds: what ended while the last answer was under way
const A_MINUTE = 5000; // spans
const A_WHILE = 1000;

/** Has the past of these workers' lanes filled in, as long as they are on screen. */
export function useRecall(source: string, workers: WorkerView[]): void {
  const names = workers.map((worker) => worker.name);
  const key = names.join("\n");
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    let asked = 0;
    let whole = 0; // when the whole minute was asked for
    const load = async () => {
      if (!document.hidden) {
        const unknown = unknownSince(source, names, whole);
        const since = unknown ?? asked - OVERLAP;
        const limit = unknown === null ? A_WHILE : A_MINUTE;
        asked = serverNow();
        if (unknown !== null) whole = asked;
        const worker = names.length === 1 ? names[0] : undefined;
        const path = ofSource(source, "spans");
        await get<Spans>(path, { since, worker, limit }, abort.signal).then(
          (told) => recall(source, names, told, mayWait(source)),
          () => {}, // what it would have told, the next answer tells
        );
      }
      if (!abort.signal.aborted) timer = window.setTimeout(load, EVERY);
    };
    if (names.length) load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [source, key]);
}

/** A pipeline's workers wait for room in the next stage, those of a cluster for nothing. */
const mayWait = (source: string) =>
  sources.value.find((one) => one.name === source)?.kind === "pipeline";
